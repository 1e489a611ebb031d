import RedisRESP
import RedisTesting
import TestSupport
import Testing

@Suite("rwatch over TLS", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchTLSTests {
    @Test("verifies the server, shows a certificate, and says in words what is missing")
    func options() async throws {
        let tls = try ServerTLS(requiresClientCertificate: true)
        let mine = try tls.certificates.issue("rwatch")
        try await withRedisServer(RedisServerOptions(tls: tls)) { server in
            let target = ["-h", "localhost", "-p", "\(server.port)", "--tls"]
            let trust = ["--cacert", tls.certificates.authority]
            let identity = ["--cert", mine.certificate, "--key", mine.privateKey]

            let rwatch = try RwatchProcess(target + trust + identity + ["sub", "c", "--raw", "-q", "-C", "1"])
            #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "c").hasSuffix("1") })
            try server.publish("c", "secret")
            #expect(try await rwatch.status() == 0)
            #expect(rwatch.text == "secret\n")
            #expect(rwatch.notices == "")

            let untrusted = try RwatchProcess(["channels"] + target + identity)
            #expect(try await untrusted.status() == 69)
            let complaint =
                "TLS: the server's certificate is not accepted: self-signed certificate in certificate chain"
            #expect(untrusted.notices == "rwatch: localhost:\(server.port): \(complaint)\n")

            let nameless = try RwatchProcess(["channels"] + target + trust)
            #expect(try await nameless.status() == 69)
            #expect(nameless.notices.hasSuffix("TLS: the server requires a client certificate\n"))

            let renamed = try RwatchProcess(["channels"] + target + trust + identity + ["--sni", "other.example"])
            #expect(try await renamed.status() == 69)
            #expect(renamed.notices.hasSuffix("it is not made out for other.example\n"))

            let insecure = try RwatchProcess(["channels"] + target + identity + ["--insecure"])
            #expect(try await insecure.status() == 0)
            #expect(insecure.notices == "rwatch: --insecure: the server's certificate is not verified\n")
        }
    }

    @Test(
        "refuses options that cannot work together",
        arguments: [
            ["--cacert", "x"], ["--insecure"], ["--tls", "--key", "x"], ["--tls", "--insecure", "--cacert", "x"],
            ["--tls", "-s", "/nowhere"], ["--tls", "--sni", ".example.com"], ["--tls", "--sni", "*.example.com"],
            ["-c", "-u", "redis://:pw@a", "-u", "rediss://b"],
            ["--sentinel", "m", "-u", "rediss://a", "-u", "redis://b"],
        ]
    )
    func usage(options: [String]) async throws {
        let rwatch = try RwatchProcess(["channels"] + options)
        #expect(try await rwatch.status() == 64)
    }
}
