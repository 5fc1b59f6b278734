"""The mariadb command-line client: ``cli.py HOST PORT plain|ask mariadb [tls]``; one session, fed by stdin."""

import subprocess

from common import DATABASE, DRIVER, HOST, OPTIONS, PART, PASSWORD, PORT, QUESTION, USER, statements

PREPARED = [
    ("prepare", "PREPARE s FROM 'SELECT id, name, ? AS given FROM regions WHERE id >= ? ORDER BY id'"),
    ("bind", "SET @given = 'grüße', @lowest = 2"),
    ("prepared", "EXECUTE s USING @given, @lowest"),
    ("source", "SELECT 'alive'"),
]
ASKED = [("trace", f"ASK TRACE '{QUESTION}'"), ("after prepared", "SELECT 'alive'")]

steps = statements() + (PREPARED if PART == "plain" else ASKED)
script = "".join(f"system echo '-- {label}'\n{sql};\n" for label, sql in steps)
command = [
    DRIVER,
    "--no-defaults",
    "-h",
    HOST,
    "-P",
    str(PORT),
    "-u",
    USER,
    f"-p{PASSWORD}",
    "--default-character-set=utf8mb4",
]
command += ["--batch", "--force", "--unbuffered", "--comments"] + (["--ssl"] if "tls" in OPTIONS else []) + [DATABASE]
output = subprocess.run(
    command, input=script.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False
).stdout
for line in output.decode(errors="replace").split("\n-- "):
    label, _, said = line.removeprefix("-- ").partition("\n")
    error = said.find("ERROR ")
    print(f"-- {label}")
    if error >= 0:
        print(said[error:].replace("ERROR ", "error: ", 1).strip())
    else:
        print(("columns: " if said.strip() else "ok: ") + said.replace("\t", " | ").strip())
