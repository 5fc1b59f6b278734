import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.ResultSetMetaData;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.HexFormat;

/** MariaDB Connector/J: Client.java HOST PORT plain|ask STATEMENTS-FILE URL-OPTIONS. */
public class Client {
    static final String QUESTION = "how many customers are there";

    public static void main(String[] args) throws Exception {
        String url = "jdbc:mariadb://" + args[0] + ":" + args[1] + "/shop?user=app&password=secret&allowPublicKeyRetrieval=true&" + args[4];
        boolean plain = args[2].equals("plain");
        try (Connection connection = DriverManager.getConnection(url)) {
            for (String line : Files.readAllLines(Path.of(args[3]))) {
                String[] parts = line.split("\t");
                run(connection, parts[0], parts[1]);
            }
            if (plain) prepared(connection);
            else ask(connection);
            run(connection, "after prepared", "SELECT 'alive'");
        }
    }

    static void prepared(Connection connection) throws SQLException {
        String select = "SELECT id, name, ? AS given FROM regions WHERE id >= ? ORDER BY id";
        try (PreparedStatement statement = connection.prepareStatement(select)) {
            Object[][] parameters = {{"grüße", 2}, {null, 4}, {12.5, 5}};
            for (Object[] given : parameters) {
                statement.setObject(1, given[0]);
                statement.setObject(2, given[1]);
                show("prepared", statement, statement.execute());
            }
        }
        run(connection, "notes table", "CREATE TEMPORARY TABLE notes (id INT PRIMARY KEY AUTO_INCREMENT, note VARCHAR(40))");
        try (PreparedStatement statement = connection.prepareStatement("INSERT INTO notes (note) VALUES (?)")) {
            for (String note : new String[] {"one", "two", "drei ☃"}) {
                statement.setString(1, note);
                statement.addBatch();
            }
            System.out.println("-- batch\n" + statement.executeBatch().length);
        }
        run(connection, "notes", "SELECT id, note FROM notes ORDER BY id");
        try (ResultSet tables = connection.getMetaData().getColumns("shop", null, "%", "%")) {
            show("metadata", tables);
        }
    }

    static void ask(Connection connection) throws SQLException {
        try (PreparedStatement statement = connection.prepareStatement("ASK ?")) {
            for (int time = 0; time < 2; time++) {
                statement.setString(1, QUESTION);
                show("prepared", statement, statement.execute());
            }
        }
    }

    static void run(Connection connection, String label, String sql) {
        try (Statement statement = connection.createStatement()) {
            show(label, statement, statement.execute(sql, Statement.RETURN_GENERATED_KEYS));
        } catch (SQLException error) {
            String message = error.getMessage().replaceFirst("^\\(conn=\\d+\\) ", "").split("\n")[0];
            System.out.println("-- " + label + "\nerror: " + error.getErrorCode() + " " + error.getSQLState() + " " + message);
        }
    }

    static void show(String label, Statement statement, boolean hasRows) throws SQLException {
        if (hasRows) {
            show(label, statement.getResultSet());
            return;
        }
        try (ResultSet keys = statement.getGeneratedKeys()) {
            String id = keys.next() ? keys.getString(1) : "0";
            System.out.println("-- " + label + "\nok: " + statement.getUpdateCount() + " rows, id " + id);
        }
    }

    static void show(String label, ResultSet rows) throws SQLException {
        ResultSetMetaData columns = rows.getMetaData();
        StringBuilder text = new StringBuilder("-- " + label + "\ncolumns: ");
        for (int i = 1; i <= columns.getColumnCount(); i++) {
            text.append(i > 1 ? " | " : "").append(columns.getColumnLabel(i));
        }
        while (rows.next()) {
            text.append('\n');
            for (int i = 1; i <= columns.getColumnCount(); i++) {
                text.append(i > 1 ? " | " : "").append(text(rows.getObject(i)));
            }
        }
        System.out.println(text);
    }

    static String text(Object value) {
        if (value == null) return "NULL";
        return value instanceof byte[] bytes ? "0x" + HexFormat.of().formatHex(bytes) : value.toString();
    }
}
