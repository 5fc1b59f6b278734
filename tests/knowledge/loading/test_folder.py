import hashlib
import os
import socket
from pathlib import Path, PurePosixPath

import pytest

from knowledge.loading.folder import digest, import_path, open_beneath, walk
from knowledge.loading.load import load_file
from knowledge.loading.types import Failed, Limits
from plugins.errors import AskwireError, ErrorCode


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """An import folder beside a secret, with links to it of every kind."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "import"
    (folder / "docs" / "deep").mkdir(parents=True)
    for name in ("a.md", "docs/b.txt", "docs/deep/c.csv", "docs/.hidden.md", "docs/tool.exe"):
        (folder / name).write_text("words, words")
    (folder / "out.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "up").symlink_to(tmp_path)
    (folder / "in.md").symlink_to(folder / "a.md")
    (folder / "gone.md").symlink_to("nowhere")
    os.mkfifo(folder / "pipe.txt")
    return folder


@pytest.mark.parametrize("name", ["a.md", "./a.md", "docs/b.txt", "docs//deep/c.csv", "docs", "docs/deep/"])
def test_files_and_folders_below_are_found(folder: Path, name: str) -> None:
    assert import_path(folder, name).samefile(folder / name)


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "/", "..", "../secret.txt", "docs/../../secret.txt", "docs/../a.md", "/etc/passwd", "//etc/passwd"),
        *("out.txt", "up/secret.txt", "up", "in.md", "gone.md", "pipe.txt", "none.md", "a.md/b", "a.md\0.txt"),
        *("docs/\0", "x" * 300, "x/" * 3000, "~/secret.txt", "..\\secret.txt", "/dev/null", "/proc/self/environ"),
        *("a\n.md", "a\u202e.md", "a\x1b[31m.md", "\udcff.md"),
    ],
)
def test_nothing_else_is(folder: Path, name: str) -> None:
    with pytest.raises(AskwireError) as caught:
        import_path(folder, name)
    assert caught.value.code is ErrorCode.CANNOT_LOAD


def test_what_is_not_there_says_where_it_is_looked_for(folder: Path) -> None:
    with pytest.raises(AskwireError, match="import_dir"):
        import_path(folder, "nothing.md")


def test_an_absolute_name_is_refused_even_below(folder: Path) -> None:
    with pytest.raises(AskwireError):
        import_path(folder, str(folder / "a.md"))


def test_devices_and_sockets_are_refused(folder: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(folder / "s.txt"))
        with pytest.raises(AskwireError):
            import_path(folder, "s.txt")
    with pytest.raises(ValueError):
        open_beneath(Path("/"), PurePosixPath("dev/zero"))


async def test_a_file_that_becomes_a_link_after_the_check_is_not_read(folder: Path) -> None:
    checked = import_path(folder, "docs/b.txt")
    checked.unlink()
    checked.symlink_to(folder.parent / "secret.txt")
    (result,) = [each async for each in load_file(checked, "docs/b.txt", Limits(), beneath=folder)]
    assert isinstance(result, Failed)


async def test_a_folder_that_becomes_a_link_after_the_check_is_not_entered(folder: Path) -> None:
    (folder.parent / "b.txt").write_text("secret")
    checked = import_path(folder, "docs/b.txt")
    (folder / "docs").rename(folder / "before")
    (folder / "docs").symlink_to(folder.parent)
    (result,) = [each async for each in load_file(checked, "docs/b.txt", Limits(), beneath=folder)]
    assert isinstance(result, Failed)


@pytest.mark.parametrize("name", ["pipe.txt", "docs"])
async def test_what_is_no_file_is_reported_at_once(folder: Path, name: str) -> None:
    (result,) = [each async for each in load_file(folder / name, name, Limits())]
    assert result == Failed(name, "is no plain file that the gateway may read")


def test_walk_finds_what_a_loader_knows_in_order(folder: Path) -> None:
    def names(recursive: bool) -> list[str]:
        return [str(path.relative_to(folder)) for path in walk(folder, recursive)]

    assert names(False) == ["a.md"]
    assert names(True) == ["a.md", "docs/b.txt", "docs/deep/c.csv"]


@pytest.mark.parametrize("name", [b"a.md\nKnowledge: other.md", b"a\xe2\x80\xae.md", b"\xff.md", b"x\ny/a.md"])
def test_walk_leaves_out_names_that_cannot_be_shown(tmp_path: Path, name: bytes) -> None:
    file = Path(os.fsdecode(os.path.join(os.fsencode(tmp_path), name)))
    file.parent.mkdir(exist_ok=True)
    file.write_text("words")
    assert list(walk(tmp_path, True)) == []


def test_only_plain_files_of_some_size_have_a_digest(folder: Path) -> None:
    content = (folder / "a.md").read_bytes()
    wanted = hashlib.sha256(content).hexdigest()
    assert digest(folder / "a.md", len(content)) == digest(folder / "a.md", 10**6, beneath=folder) == wanted
    assert digest(folder / "a.md", len(content) - 1) == ""
    for name in ("pipe.txt", "docs", "none.md", "up/secret.txt"):
        assert digest(folder / name, 10**6, beneath=folder) == ""
    assert digest(folder.parent / "secret.txt", 10**6, beneath=folder) == ""


def test_walk_of_a_folder_that_links_to_itself_ends(folder: Path) -> None:
    (folder / "docs" / "round").symlink_to(folder)
    assert len(list(walk(folder, True))) == 3
