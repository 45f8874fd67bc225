// Lesson 01's server in Java: a virtual machine, which starts slowly.
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

class Server01 {
    public static void main(String[] arguments) {
        int port = Integer.parseInt(arguments[1]);
        try (ServerSocket listener = new ServerSocket(
                 port, 5, InetAddress.getByName(arguments[0]));
             Socket stream = listener.accept()) {
            stream.setSoTimeout(5000);
            byte[] buffer = new byte[1024];
            int length = stream.getInputStream().read(buffer);
            if (length < 0) {
                throw new IOException("it closed before sending anything");
            }
            String text = new String(buffer, 0, length, StandardCharsets.UTF_8);
            StringBuilder shown = new StringBuilder();
            text.codePoints().forEach(c -> {
                int kind = Character.getType(c);
                boolean unsafe = kind == Character.CONTROL
                    || kind == Character.FORMAT
                    || kind == Character.LINE_SEPARATOR
                    || kind == Character.PARAGRAPH_SEPARATOR;
                shown.append(unsafe ? String.format("\\u%04x", c)
                                    : Character.toString(c));
            });
            new PrintStream(System.out, true, StandardCharsets.UTF_8)
                .println(shown);
            stream.getOutputStream().write(
                "海贼王".getBytes(StandardCharsets.UTF_8));
        } catch (IOException error) {
            System.err.println("error: " + error.getMessage());
            System.exit(1);
        }
    }
}
