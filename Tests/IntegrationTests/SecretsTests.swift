import Foundation
import Logging
import RedisCommands
import RedisEvents
import RedisReactor
import RedisTesting
import TestSupport
import Testing

/// A secret that is told to the library or the tool is looked for in everything that comes out of them.
@Suite("Secrets", .tags(.server, .timing), .timeLimit(.minutes(3)))
struct SecretsTests {
    /// Different in every run, and like nothing else.
    private let secret = "hunter\(UInt64.random(in: 1 << 40 ... .max))"

    /// Every form in which a program may show a value.
    private func forms(of value: Any) -> String {
        var dumped = ""
        dump(value, to: &dumped)
        return "\(value)\n" + String(describing: value) + "\n" + String(reflecting: value) + "\n" + dumped
    }

    private func expectHidden(in value: Any, _ location: SourceLocation = #_sourceLocation) {
        let text = forms(of: value)
        if text.contains(secret) { Issue.record("\(text)", sourceLocation: location) }
    }

    private func failure(_ body: () async throws -> Void) async throws -> any Error {
        do { try await body() } catch { return error }
        throw RedisTestingError(.scriptFailed, "nothing was thrown")
    }

    // MARK: The library

    @Test("show in no error of a URL, wherever they stand in it")
    func urls() throws {
        for url in [
            "\(secret)", "\(secret)://host", ":\(secret)@host", "\(secret)@host://x", "redis:/:\(secret)@host",
            "redis//:\(secret)@host", "redis://\(secret)@host", "redis://u:\(secret)", "redis://:\(secret)",
            "redis://u:\(secret):6379", "redis://u:\(secret)@host:port", "redis://u:\(secret)@[::1",
            "redis://[\(secret)",
            "redis://u:\(secret)%@host", "redis://u:\(secret)%zz@host", "redis://u:%ff\(secret)@host",
            "redis://u:\(secret)/x@host", "redis://u:x/\(secret)@host", "redis://u:\(secret)?x@host",
            "redis://u:x?\(secret)@host", "redis://u:\(secret)#x@host", "redis://u:x#\(secret)@host",
            "redis://host:\(secret)", "redis://host/\(secret)", "redis://host?\(secret)", "redis://host?\(secret)=1",
            "redis://host?password=\(secret)", "redis://host?db=\(secret)", "redis://host?protocol=\(secret)",
            "redis://host?client_name=a%20\(secret)", "redis://host?client_name=%\(secret)", "redis://host#\(secret)",
            "unix://u:\(secret)@host/path", "unix://u:\(secret)@/", "redis://ho st:\(secret)@x y:z",
            "redis://u:\(secret)@host:99999", "redis://%\(secret)", "redis://[::1]\(secret)",
        ] {
            do throws(RedisError) {
                // Not all of these are wrong.
                expectHidden(in: try RedisConfiguration(url: url))
                expectHidden(in: try PubSub(url))
            } catch {
                expectHidden(in: error)
                #expect(error.code == .invalidConfiguration)
            }
        }
    }

    @Test("show in nothing that holds them")
    func values() async throws {
        struct Provider: RedisCredentialsProvider {
            let password: String

            func credentials() -> RedisCredentials { RedisCredentials(password: password) }
        }
        let credentials = RedisCredentials(username: "u", password: secret)
        let token = RedisAccessToken(secret, username: "u", lifetime: .seconds(10))
        let manager = try RedisTokenManager { token }
        let feed = RedisCredentialsFeed(credentials)
        let identity = RedisTLSConfiguration.Identity(certificate: "cert.pem", privateKey: "key.pem", password: secret)
        #expect(try await manager.credentials().password == secret)
        for value in [credentials, token, manager, feed, identity, RedisTLSConfiguration(identity: identity)] as [Any] {
            expectHidden(in: value)
            expectHidden(in: [value])
            expectHidden(in: Optional(value) as Any)
        }
        for provider in [credentials, Provider(password: secret), manager, feed] as [any RedisCredentialsProvider] {
            var configuration = RedisConfiguration()
            configuration.credentials = provider
            configuration.tls = RedisTLSConfiguration(identity: identity)
            expectHidden(in: configuration)
            expectHidden(in: try PubSub(configuration))
            expectHidden(in: try Monitor(configuration))
            expectHidden(in: try RedisClient(configuration))
        }
        await manager.stop()
    }

    @Test("show in no error and no log line: refused, taken, changed, and after an outage", arguments: bothProtocols)
    func life(_ version: RedisConfiguration.ProtocolVersion) async throws {
        try await withRedisServer(RedisServerOptions(password: "right\(secret)")) { server in
            let recorder = LogRecorder()
            var configuration = try server.configuration(version)
            configuration.logger = recorder.logger
            let feed = RedisCredentialsFeed(RedisCredentials(password: "wrong\(secret)"))
            configuration.credentials = feed
            let errors = Locked<[any Error]>([])
            for body: () async throws -> Void in [
                { [configuration] in try await PubSub(configuration).subscribe("c") },
                { [configuration] in try await Monitor(configuration).start() },
                { [configuration] in try await RedisClient(configuration).ping() },
            ] {
                let error = try await failure(body)
                #expect((error as? RedisError)?.code == .authenticationFailed)
                errors.withLock { $0.append(error) }
            }
            feed.send(RedisCredentials(password: "right\(secret)"))
            let pubsub = try PubSub(configuration)
            let monitor = try Monitor(configuration)
            let client = try RedisClient(configuration)
            try await pubsub.subscribe("c")
            try await monitor.start()
            try await client.ping()
            feed.send(RedisCredentials(username: "default", password: "wrong\(secret)"))
            feed.send(RedisCredentials(username: "default", password: "right\(secret)"))
            struct Secretive: Error {}
            feed.send(failure: Secretive())
            await pubsub.cut()
            await monitor.cut()
            var events: [String] = []
            while !events.contains("gap") {
                guard case .event(let event) = try await pubsub.getMessage(timeout: .seconds(20)) else { break }
                expectHidden(in: event)
                events.append(words(event))
            }
            #expect(events.contains("authentication failed") && events.contains("gap"))
            var hasGap = false
            while !hasGap, case .event(let event) = try await monitor.next(timeout: .seconds(20)) {
                expectHidden(in: event)
                if case .gap = event { hasGap = true }
            }
            #expect(hasGap)
            errors.withLock { $0 }.forEach { expectHidden(in: $0) }
            for value in [pubsub, monitor, client] as [Any] { expectHidden(in: value) }
            await pubsub.close()
            await monitor.close()
            await client.close()
            #expect(recorder.all.contains { $0.contains("link ready") })
            #expect(recorder.all.contains { $0.contains("gave up") && $0.contains("WRONGPASS") })
            #expect(recorder.all.filter { $0.contains(secret) } == [])
        }
    }

    @Test("show in no error when the server repeats what it was sent")
    func repeated() async throws {
        for (hello, auth) in [
            (
                "ERR unknown command 'HELLO', with args beginning with: '3' 'AUTH' 'default' '\(secret)' ",
                "ERR bad \(secret)"
            ),
            (
                "ERR unknown command `HELLO`, with args beginning with: `\(secret)`, ",
                "ERR unknown command 'AUTH \(secret)'"
            ),
            ("WRONGPASS \(secret) is wrong", ""), ("ERR \(secret)", "ERR \(secret)"),
            ("NOPROTO \(secret)", "WRONGPASS \(secret)"),
        ] {
            try await withScriptedServer { connection in
                _ = try connection.readCommand()
                try connection.send("-\(hello)\r\n")
                if !auth.isEmpty {
                    _ = try connection.readCommand()
                    try connection.send("-\(auth)\r\n")
                }
                _ = try connection.waitForClose()
            } client: { url in
                var configuration = try RedisConfiguration(url: url)
                let recorder = LogRecorder()
                configuration.logger = recorder.logger
                configuration.credentials = RedisCredentials(password: secret)
                let client = try RedisClient(configuration)
                let error = try await failure { try await client.ping() }
                expectHidden(in: error)
                #expect((error as? RedisError)?.serverMessage?.contains(secret) == false)
                #expect(recorder.all.filter { $0.contains(secret) } == [])
                await client.close()
            }
        }
    }

    @Test("in payloads show in no error, gap or log line of a link that breaks on them")
    func payloads() async throws {
        for bytes in [
            "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n$5\r\n\(secret)\r\n", "+\(secret)\r\n", "*1\r\n$24\r\n\(secret)\r\n",
            "*3\r\n$7\r\nmessage\r\n$1\r\nc\r\n\(secret)\r\n", "*4\r\n$9\r\nsubscribe\r\n$3\r\n\(secret)\r\n",
            "$\(secret)\r\n",
            "*3\r\n$9\r\nsubscribe\r\n$\(secret.utf8.count)\r\n\(secret)\r\n:1\r\n", ":\(secret)\r\n",
        ] {
            try await withScriptedServer { connection in
                _ = try connection.answerHandshake(protocolVersion: 2)
                try connection.send("*3\r\n$9\r\nsubscribe\r\n$1\r\nc\r\n:1\r\n" + bytes)
                connection.closeGracefully()
                _ = try connection.waitForClose()
            } client: { url in
                var configuration = try RedisConfiguration(url: url)
                let recorder = LogRecorder()
                configuration.logger = recorder.logger
                configuration.reconnect.isEnabled = false
                let pubsub = try PubSub(configuration, ignoreSubscribeMessages: true)
                try await pubsub.subscribe("c")
                do {
                    for try await event in pubsub.events { expectHidden(in: event) }
                    Issue.record("the link goes on after \(bytes.prefix(12))")
                } catch { expectHidden(in: error) }
                #expect(recorder.all.filter { $0.contains(secret) } == [])
                await pubsub.close()
            }
        }
    }

    // MARK: The tool

    private func commandLine(_ process: RwatchProcess) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: "/proc/\(process.id)/cmdline")), as: UTF8.self)
    }

    private func expectHidden(_ process: RwatchProcess, _ location: SourceLocation = #_sourceLocation) {
        #expect(!process.text.contains(secret), sourceLocation: location)
        #expect(!process.notices.contains(secret), "\(process.notices)", sourceLocation: location)
    }

    @Test("stay out of rwatch's arguments and output while it watches")
    func watching() async throws {
        try await withRedisServer(RedisServerOptions(password: secret)) { server in
            try server.command("ACL", "SETUSER", "u", "on", ">\(secret)", "allchannels", "+@all")
            let port = ["-p", "\(server.port)"]
            let host = "127.0.0.1:\(server.port)"
            for (arguments, environment) in [
                (["sub", "ch", "-a", secret] + port, [:]), (["sub", "ch", "-a\(secret)"] + port, [:]),
                (["-3a", secret] + port + ["sub", "ch"], [:]), (["sub", "ch", "--pass", secret] + port, [:]),
                (["sub", "ch", "--user", "u", "--pass", secret] + port, [:]),
                (["sub", "ch", "--pass=\(secret)"] + port, [:]),
                (["sub", "ch", "-u", "redis://:\(secret)@\(host)"], [:]),
                (["sub", "ch", "--uri=redis://u:\(secret)@\(host)/0"], [:]),
                (["-uredis://u:\(secret)@\(host)", "sub", "ch"], [:]),
                (["sub", "ch"] + port, ["REDISCLI_AUTH": secret]),
                (["sub", "ch"], ["RWATCH_URL": "redis://:\(secret)@\(host)"]),
            ] as [([String], [String: String])] {
                let rwatch = try RwatchProcess(arguments, environment: environment)
                let isWatching = try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("1") }
                #expect(isWatching, "\(rwatch.notices.replacing(secret, with: "(secret)"))")
                // Before it watches, a link that is lost is an error of its start.
                #expect(try await eventually { rwatch.notices.contains("watching ") })
                let line = try commandLine(rwatch)
                #expect(line.contains("sub") && !line.contains(secret))
                try server.command("CLIENT", "KILL", "TYPE", "pubsub")
                #expect(try await eventually { rwatch.notices.contains("link back") })
                rwatch.signal(SIGTERM)
                #expect(try await rwatch.status() == 128 + SIGTERM)
                expectHidden(rwatch)
                #expect(try await eventually { try server.command("PUBSUB", "NUMSUB", "ch").hasSuffix("0") })
            }
        }
    }

    @Test("stay out of what rwatch says when it fails")
    func failing() async throws {
        try await withRedisServer(RedisServerOptions(password: "right")) { server in
            let port = ["-p", "\(server.port)"]
            for (arguments, environment, status) in [
                (["sub", "ch", "-a", secret] + port, [:], 77), (["monitor", "-2", "-a", secret] + port, [:], 77),
                (["sub", "ch", "--user", "u", "--pass", secret] + port, [:], 77),
                (["channels", "-u", "redis://u:\(secret)@127.0.0.1:\(server.port)"], [:], 77),
                (["pub", "ch", "x"] + port, ["REDISCLI_AUTH": secret], 77),
                (["sub", "ch", "-a", secret, "-p", "1"], [:], 69),
                (["sub", "ch", "-p", secret], [:], 64), (["-p", secret, "sub", "ch"], [:], 64),
                (["sub", "ch", "-p\(secret)"], [:], 64), (["sub", "ch", "--port=\(secret)"], [:], 64),
                (["sub", "ch", "--password", secret], [:], 64), (["--password=\(secret)", "sub", "ch"], [:], 64),
                (["sub", "ch", "-u", "redis//:\(secret)@h"], [:], 64),
                (["sub", "ch", "-u", "redis://u:\(secret)"], [:], 64),
                (["sub", "ch", "-u", "redis://h/\(secret)"], [:], 64), (["sub", "ch", "-u", ":\(secret)@h"], [:], 64),
                (["sub", "ch"], ["RWATCH_URL": "redis://u:\(secret)"], 64),
                (["sub", "ch", "-a", secret, "--nonsense"], [:], 64), (["-a", secret], [:], 64),
                (["sub", "ch", "-A\(secret)"], [:], 64), (["sub", "ch", "--json=\(secret)"], [:], 64),
                (["sub", "ch", "-u", "redis://\(secret)@h"], [:], 64), (["sub", "ch", "-h", "h:\(secret)"], [:], 64),
                (["pub", "ch", "a", secret], [:], 64), (["sub", "ch", "-h", ":\(secret)@h"], [:], 64),
                (["channels", "--tls", "--cert", "/c", "-p", "1"], ["RWATCH_KEY_PASS": secret], 64),
            ] as [([String], [String: String], Int32)] {
                let rwatch = try RwatchProcess(arguments, environment: environment)
                #expect(try await rwatch.status() == status, "\(arguments.joined(separator: " "))")
                #expect(!rwatch.notices.isEmpty)
                expectHidden(rwatch)
            }
        }
    }
}
