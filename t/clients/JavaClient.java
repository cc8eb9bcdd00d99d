// A client of Java's JSSE, started once for many connections: see t/lib/TlsGate/Kept.pm for
// its input and output. VERSION may be a list, separated by commas; with SSLv2Hello in it,
// it sends its hello as Java 6 did.
import java.io.DataInputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Collections;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

public final class JavaClient {
    private JavaClient() {
    }

    // The certificate of a test's server is self-signed.
    private static final class Trusting implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String type) {
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }

    // A context of its own, so that no session is resumed.
    private static SSLSocket connect(String host, int port, String name, String[] versions)
            throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(new Socket(host, port), host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(versions);
        parameters.setServerNames(Collections.singletonList(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static byte[] answer(String[] where, byte[] request) {
        try (SSLSocket socket = connect(where[0], Integer.parseInt(where[1]), where[2], where[3].split(","))) {
            socket.getOutputStream().write(request);
            socket.getOutputStream().flush();
            return socket.getInputStream().readAllBytes();
        } catch (IOException | GeneralSecurityException e) {
            return new byte[0]; // which means no answer
        }
    }

    // A line of ASCII without its end; null at the end of the input.
    private static String line(DataInputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\n'; c = in.read()) {
            if (c < 0) {
                return null;
            }
            line.append((char) c);
        }
        return line.toString();
    }

    public static void main(String[] args) throws IOException {
        // Old customers have no crypto policy of this system.
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        DataInputStream in = new DataInputStream(System.in);
        PrintStream out = System.out;
        for (String line = line(in); line != null; line = line(in)) {
            String[] where = line.split(" ");
            byte[] request = new byte[Integer.parseInt(where[4])];
            in.readFully(request);
            byte[] answer = answer(where, request);
            out.write((answer.length + "\n").getBytes(StandardCharsets.US_ASCII));
            out.write(answer);
            out.flush();
        }
    }
}
