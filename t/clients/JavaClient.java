// A client of Java's JSSE: one connection, pinned to one version of TLS.
//
//     java JavaClient HOST PORT SERVER_NAME VERSION[,VERSION...]
//
// Says "ready" on a line of its own, and connects as soon as something stands on
// standard input: that goes to the server, what the server answers to standard output,
// until it closes the connection. SSLv2Hello among the versions makes it say hello as
// Java 6 did.
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.util.Collections;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

public final class JavaClient {
    private JavaClient() {
    }

    // The server of a test signs for itself.
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

    private static SSLSocketFactory factory() throws Exception {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Trusting()}, null);
        return context.getSocketFactory();
    }

    private static SSLSocket connect(SSLSocketFactory factory, String host, int port, String name,
            String[] versions) throws Exception {
        SSLSocket socket = (SSLSocket) factory.createSocket(new Socket(host, port), host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(versions);
        parameters.setServerNames(Collections.singletonList(new SNIHostName(name)));
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    private static Thread sender(InputStream from, OutputStream to) {
        Thread thread = new Thread(() -> {
            try {
                copy(from, to);
            } catch (Exception e) {
                // the server has closed the connection: its answer tells why
            }
        });
        thread.setDaemon(true);
        return thread;
    }

    private static void copy(InputStream from, OutputStream to) throws Exception {
        byte[] buffer = new byte[16384];
        int n;
        while ((n = from.read(buffer)) > 0) {
            to.write(buffer, 0, n);
            to.flush();
        }
    }

    public static void main(String[] args) throws Exception {
        if (args.length != 4) {
            System.err.println("usage: JavaClient HOST PORT SERVER_NAME VERSION[,VERSION...]");
            System.exit(2);
        }
        // What a system forbids its own programs is not what old customers are made of.
        Security.setProperty("jdk.tls.disabledAlgorithms", "");
        Security.setProperty("jdk.certpath.disabledAlgorithms", "");
        SSLSocketFactory factory = factory();
        System.out.println("ready");
        byte[] first = new byte[16384];
        int n = System.in.read(first);
        try (SSLSocket socket = connect(factory, args[0], Integer.parseInt(args[1]), args[2], args[3].split(","))) {
            socket.getOutputStream().write(first, 0, Math.max(n, 0));
            sender(System.in, socket.getOutputStream()).start();
            copy(socket.getInputStream(), System.out);
        }
    }
}
