import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Base64;

/**
 * Java's own HTTP client as applications have it by default: it offers HTTP/2 with every request.
 *
 * A line on standard input is a POST: URL, token, content type, file of the body, and how it is sent (whole, chunked,
 * or once asked for by 100 Continue), with tabs between. The line on standard output is what came: the status, the
 * seconds to wait and the body in base64, or what went wrong.
 */
public final class Client {
    private static final Duration LIMIT = Duration.ofSeconds(60);

    public static void main(String[] arguments) throws IOException, InterruptedException {
        HttpClient client = HttpClient.newHttpClient();
        BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            System.out.println(answer(client, line.split("\t")));
            System.out.flush();
        }
    }

    private static String answer(HttpClient client, String[] asked) throws InterruptedException {
        try {
            byte[] body = Files.readAllBytes(Path.of(asked[3]));
            HttpRequest request = HttpRequest.newBuilder(URI.create(asked[0]))
                .timeout(LIMIT)
                .header("Authorization", "Bearer " + asked[1])
                .header("Content-Type", asked[2])
                .expectContinue(asked[4].equals("asked"))
                .POST(asked[4].equals("chunked") ? chunked(body) : BodyPublishers.ofByteArray(body))
                .build();
            HttpResponse<byte[]> response = client.send(request, BodyHandlers.ofByteArray());
            String wait = response.headers().firstValue("retry-after").orElse("");
            return response.statusCode() + "\t" + wait + "\t" + Base64.getEncoder().encodeToString(response.body());
        } catch (IOException error) {
            return error.toString().replaceAll("\\s", " ");
        }
    }

    private static BodyPublisher chunked(byte[] body) {
        return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));
    }
}
