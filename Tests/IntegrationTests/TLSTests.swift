import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

@Suite("TLS", .tags(.server))
struct TLSTests {
    private func secure(
        _ tls: ServerTLS,
        arguments: [String] = [],
        _ body: (RedisServer, RedisConfiguration) async throws -> Void
    ) async throws {
        try await withRedisServer(RedisServerOptions(tls: tls, arguments: arguments)) { server in
            var configuration = try server.configuration()
            configuration.tls?.authorities = .file(tls.certificates.authority)
            try await body(server, configuration)
        }
    }

    /// What the first subscribe throws.
    private func failure(_ configuration: RedisConfiguration) async -> RedisError? {
        do throws(RedisError) {
            let pubsub = try PubSub(configuration)
            defer { Task { await pubsub.close() } }
            try await pubsub.subscribe("c")
            return nil
        } catch { return error }
    }

    @Test(
        "carries subscriptions, commands and MONITOR, to a server whose certificate is verified",
        arguments: bothProtocols
    )
    func works(version: RedisConfiguration.ProtocolVersion) async throws {
        try await secure(try ServerTLS()) { server, configuration in
            var configuration = configuration
            configuration.protocolVersion = version
            let pubsub = try PubSub(configuration)
            let monitor = try Monitor(configuration, form: .lines)
            let client = try RedisClient(configuration)
            try await pubsub.subscribe("c")
            try await client.send(["PING"])
            try await monitor.start()
            #expect(try await client.publish("c", "over TLS") == 1)
            #expect(try await pubsub.take(2) == ["subscribed c 1", "message c over TLS"])
            var lines = monitor.events.makeAsyncIterator()
            guard case .line(let line)? = try await lines.next() else {
                Issue.record("no line")
                return
            }
            #expect(line.description.hasSuffix("\"PUBLISH\" \"c\" \"over TLS\""))
            await monitor.close()
            await client.close()
            await pubsub.close()
        }
    }

    @Test("moves large messages both ways, and small ones by the ten thousand")
    func amounts() async throws {
        try await secure(try ServerTLS()) { _, configuration in
            let pubsub = try PubSub(configuration)
            let client = try RedisClient(configuration)
            try await pubsub.subscribe("c")
            let large = RedisBytes((0..<(20 << 20)).map { UInt8(truncatingIfNeeded: $0 &* 31) })
            #expect(try await client.publish("c", large) == 1)
            for number in 0..<10_000 { _ = try client.enqueue(["PUBLISH", "c", RedisBytes("\(number)")]) }
            var payloads: [RedisBytes] = []
            while payloads.count < 10_001 {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
                if case .message(let message) = event { payloads.append(message.payload) }
            }
            #expect(payloads.first == large)
            let texts = payloads.dropFirst().map { payload in payload.description }
            #expect(texts == (0..<10_000).map { number in "\(number)" })
            await client.close()
            await pubsub.close()
        }
    }

    @Test("refuses a server of an authority that nobody trusts, and one whose certificate has expired")
    func untrusted() async throws {
        let tls = try ServerTLS()
        try await secure(tls) { _, configuration in
            var configuration = configuration
            let others = try TestCertificates()
            configuration.tls?.authorities = .file(others.authority)
            let stranger = await failure(configuration)
            #expect(stranger?.code == .tlsFailed)
            #expect(
                stranger?.message
                    == "TLS: the server's certificate is not accepted: self-signed certificate in certificate chain"
            )
            configuration.tls?.authorities = .system
            #expect(await failure(configuration)?.code == .tlsFailed)
            configuration.tls?.verification = .none
            #expect(await failure(configuration) == nil)
        }
        let expired = ServerTLS(
            certificates: tls.certificates,
            identity: try tls.certificates.issue("expired", days: -1)
        )
        try await secure(expired) { _, configuration in
            #expect(
                await failure(configuration)?.message
                    == "TLS: the server's certificate is not accepted: certificate has expired"
            )
        }
    }

    @Test("refuses a certificate that is made out for another, unless its name is asked for")
    func names() async throws {
        let certificates = try TestCertificates()
        let identity = try certificates.issue("other", hosts: ["DNS:other.example"])
        try await secure(ServerTLS(certificates: certificates, identity: identity)) { server, configuration in
            let refused = await failure(configuration)
            #expect(refused?.code == .tlsFailed)
            #expect(
                refused?.message == "TLS: the server's certificate is not accepted: it is not made out for localhost"
            )
            var byAddress = configuration
            byAddress.endpoint = .tcp(host: "127.0.0.1", port: UInt16(server.port))
            #expect(
                await failure(byAddress)?.message
                    == "TLS: the server's certificate is not accepted: it is not made out for 127.0.0.1"
            )
            var named = configuration
            named.tls?.serverName = "other.example"
            #expect(await failure(named) == nil)
            named.tls?.serverName = "other.example."
            #expect(await failure(named) == nil)
            var nameless = configuration
            nameless.tls?.verification = .issuerOnly
            #expect(await failure(nameless) == nil)
        }
    }

    @Test("takes no certificate for the name in its subject, which is free text")
    func subject() async throws {
        let certificates = try TestCertificates()
        let identity = try certificates.issue("localhost", hosts: [])
        try await secure(ServerTLS(certificates: certificates, identity: identity)) { _, configuration in
            #expect(
                await failure(configuration)?.message
                    == "TLS: the server's certificate is not accepted: it is not made out for localhost"
            )
            var configuration = configuration
            configuration.tls?.verification = .issuerOnly
            #expect(await failure(configuration) == nil)
        }
    }

    @Test("takes no host for a name that has others below it")
    func dottedHost() async throws {
        let certificates = try TestCertificates()
        let identity = try certificates.issue("below", hosts: ["DNS:a.localhost"])
        try await secure(ServerTLS(certificates: certificates, identity: identity)) { server, configuration in
            var configuration = configuration
            configuration.tls?.serverName = "a.localhost"
            #expect(await failure(configuration) == nil)
            for name in [".localhost", "*.localhost"] {
                configuration.tls?.serverName = name
                #expect(await failure(configuration)?.code == .invalidConfiguration, "\(name)")
            }
        }
    }

    @Test("verifies an address that is asked for by name")
    func namedAddress() async throws {
        try await secure(try ServerTLS()) { _, configuration in
            var configuration = configuration
            configuration.tls?.serverName = "127.0.0.1"
            #expect(await failure(configuration) == nil)
            configuration.tls?.serverName = "127.0.0.2"
            #expect(
                await failure(configuration)?.message
                    == "TLS: the server's certificate is not accepted: it is not made out for 127.0.0.2"
            )
        }
    }

    @Test("verifies addresses in certificates")
    func addresses() async throws {
        try await secure(try ServerTLS()) { server, configuration in
            var configuration = configuration
            configuration.endpoint = .tcp(host: "127.0.0.1", port: UInt16(server.port))
            #expect(await failure(configuration) == nil)
        }
    }

    @Test("shows a client certificate, and says when one is missing")
    func clientCertificates() async throws {
        let tls = try ServerTLS(requiresClientCertificate: true)
        try await secure(tls) { _, configuration in
            let missing = await failure(configuration)
            #expect(missing?.code == .tlsFailed)
            #expect(missing?.message == "TLS: the server requires a client certificate")
            let mine = try tls.certificates.issue("client")
            var configuration = configuration
            configuration.tls?.identity = .init(certificate: mine.certificate, privateKey: mine.privateKey)
            #expect(await failure(configuration) == nil)
            configuration.tls?.identity?.privateKey = try tls.certificates.issue("stranger").privateKey
            #expect(
                await failure(configuration)?.message == "TLS: the private key does not belong to the certificate"
            )
            configuration.tls?.identity?.privateKey = "/nowhere.key"
            let unreadable = await failure(configuration)
            #expect(unreadable?.code == .invalidConfiguration)
            #expect(unreadable?.message == "TLS: private key /nowhere.key: No such file or directory")
        }
    }

    @Test("refuses versions that are too old")
    func versions() async throws {
        try await secure(try ServerTLS(), arguments: ["--tls-protocols", "TLSv1.2"]) { _, configuration in
            #expect(await failure(configuration) == nil)
            var configuration = configuration
            configuration.tls?.minimumVersion = .tls13
            #expect(
                await failure(configuration)?.message == "TLS: the server refused: tlsv1 alert protocol version"
            )
        }
    }

    @Test("does not wait for ever on a port that speaks no TLS")
    func plainPort() async throws {
        try await withRedisServer { server in
            var configuration = try server.configuration()
            configuration.tls = RedisTLSConfiguration()
            configuration.handshakeTimeout = .milliseconds(300)
            let error = await failure(configuration)
            #expect(error?.code == .handshakeTimedOut)
            #expect(error?.message == "TLS: no answer in time; is this a TLS port?")
        }
    }

    @Test("tells who speaks in clear to a TLS port what may be wrong")
    func secretPort() async throws {
        try await secure(try ServerTLS()) { _, configuration in
            var configuration = configuration
            configuration.tls = nil
            let error = await failure(configuration)
            #expect(error?.code == .connectionLost)
            #expect(error?.message.contains("before it answered; is this a TLS port?") == true)
        }
    }

    @Test("comes back after an outage, with a gap, and leaves no descriptor behind", arguments: bothProtocols)
    func reconnects(version: RedisConfiguration.ProtocolVersion) async throws {
        try await secure(try ServerTLS()) { server, configuration in
            var configuration = configuration
            configuration.protocolVersion = version
            configuration.reconnect.minimumDelay = .milliseconds(1)
            configuration.reconnect.maximumDelay = .milliseconds(2)
            let before = ResourceCount.openFileDescriptors()
            let pubsub = try PubSub(configuration)
            try await pubsub.subscribe("c")
            #expect(try await pubsub.take(1) == ["subscribed c 1"])
            for round in 0..<50 {
                try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                #expect(
                    try await pubsub.take(4, skipping: ["retrying"]) == ["lost", "restored", "subscribed c 1", "gap"]
                )
                try server.publish("c", RedisBytes("\(round)"))
                #expect(try await pubsub.take(1) == ["message c \(round)"])
            }
            await pubsub.close()
            #expect(try await eventually { ResourceCount.openFileDescriptors() <= before })
        }
    }

    @Test("refuses a configuration that verifies no name by accident")
    func emptyName() async throws {
        var configuration = RedisConfiguration(endpoint: .tcp(host: "localhost", port: 1))
        for name in [
            "", "a\0b", ".example.com", "*.example.com", "*", ".", "..", "a..b", "a..", "a b", "bücher.example",
            "1.2.3.4\0",
            String(repeating: "a", count: 64),
        ] {
            configuration.tls = RedisTLSConfiguration(serverName: name)
            #expect(await failure(configuration)?.code == .invalidConfiguration)
        }
    }
}
