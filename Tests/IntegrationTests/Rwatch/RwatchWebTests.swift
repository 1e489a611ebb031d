import Foundation
import RedisRESP
import RedisTesting
import TestSupport
import Testing

/// What `rwatch web` serves, without a browser: `Tools/web/check` looks at the page in one.
@Suite("rwatch web as a process", .tags(.rwatch, .timing), .timeLimit(.minutes(3)))
struct RwatchWebTests {
    /// A client of a run that serves.
    private func serve(_ arguments: [String], _ server: RedisServer) async throws -> WebClient {
        let run = try RwatchProcess(["web", "-p", "\(server.port)"] + arguments)
        #expect(try await eventually { !run.lines.isEmpty || !run.isRunning })
        return try WebClient(run)
    }

    private func state(_ client: WebClient) throws -> [String: Any] {
        let answer = try client.send("GET /state")
        #expect(answer.status == 200 && answer.headers["content-type"] == "application/json")
        return try #require(JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
    }

    private func rows(_ state: [String: Any], _ table: String) -> [String: Int] {
        let tables = state["tables"] as? [String: [String: Any]] ?? [:]
        let rows = tables[table]?["rows"] as? [[String: Any]] ?? []
        return rows.reduce(into: [:]) { found, row in
            found[row["name"] as? String ?? "(redacted)"] = row["count"] as? Int
        }
    }

    private func isSubscribed(_ server: RedisServer, _ channel: String) throws -> Bool {
        try server.command("PUBSUB", "NUMSUB", channel).hasSuffix("1")
    }

    // MARK: Security

    @Test("prints the URL and nothing else, tells the token nobody, and ends by a signal")
    func start() async throws {
        try await withRedisServer { server in
            let client = try await serve([], server)
            let run = client.run
            #expect(run.lines == ["http://127.0.0.1:\(client.port)/?token=\(client.token)"])
            let page = try client.send("GET /?token=\(client.token)", ["Accept: text/html"])
            #expect(page.status == 200 && page.headers["content-type"] == "text/html; charset=utf-8")
            #expect(
                page.headers["set-cookie"]
                    == "rwatch-\(client.port)=\(client.token); Path=/; HttpOnly; SameSite=Strict"
            )
            #expect(!page.body.contains(client.token))
            let list = try String(contentsOfFile: "/proc/\(run.id)/cmdline", encoding: .utf8)
            let environment = try String(contentsOfFile: "/proc/\(run.id)/environ", encoding: .utf8)
            #expect(!list.contains(client.token) && !environment.contains(client.token))
            run.signal(SIGTERM)
            #expect(try await run.status() == 128 + SIGTERM)
            #expect(!run.notices.contains(client.token) && run.notices.contains("watching the counters"))
        }
    }

    @Test("refuses a wrong Host, a foreign Origin, a missing token, and says nothing of the server then")
    func refusals() async throws {
        try await withRedisServer { server in
            let client = try await serve([], server)
            let bearer = "Authorization: Bearer \(client.token)"
            for (line, headers, host, status) in [
                ("GET /", ["X: y"], nil, 401), ("GET /?token=0", ["X: y"], nil, 401),
                ("GET /metrics", ["X: y"], nil, 401),
                ("GET /events", [bearer], "evil.example:\(client.port)", 421),
                ("GET /state", [bearer, "Origin: http://evil.example"], nil, 403),
                ("GET /state", [bearer, "Sec-Fetch-Site: cross-site"], nil, 403),
                ("POST /subscribe", ["Cookie: rwatch-\(client.port)=\(client.token)"], nil, 403),
                ("POST /publish", [bearer], nil, 403), ("GET /nothing", [bearer], nil, 404),
                ("DELETE /events", [bearer], nil, 405), ("POST /events", [bearer], nil, 405),
                ("GET /events?where=size", [bearer], nil, 400), ("GET /events?a=%", [bearer], nil, 400),
                ("GET http://127.0.0.1/", [bearer], nil, 400),
            ] {
                let answer = try client.send(line, headers, host: host, body: line.hasPrefix("POST") ? "a=b" : "")
                #expect(answer.status == status, "\(line) \(headers)")
                #expect(answer.headers["content-security-policy"]?.hasPrefix("default-src 'none'; ") == true)
                #expect(answer.headers["x-content-type-options"] == "nosniff")
                #expect(!answer.body.contains(client.token) && !answer.body.contains("\(server.port)"))
            }
        }
    }

    @Test("bounds what a client may send, and how long that may take, and goes on")
    func limits() async throws {
        try await withRedisServer { server in
            let client = try await serve([], server)
            let run = client.run
            let bearer = "Authorization: Bearer \(client.token)"
            let large = String(repeating: "x", count: 9000)
            #expect(try client.send("GET /state", [bearer, "A: \(large)"]).status == 431)
            #expect(try client.send("GET /state", [bearer] + (0..<70).map { "A\($0): b" }).status == 431)
            #expect(try client.send("GET /state?\(large)\(large)", [bearer]).status >= 400)
            let body = String(repeating: "x", count: 1 << 20 + 1)
            #expect(try client.send("POST /publish", [bearer], body: body).status == 413)
            #expect(try client.send(Array("nonsense\r\n\r\n".utf8)).status == 400)
            // Those who say nothing keep their places for ten seconds; those beyond are told that there is none.
            let silent = try (0..<64).map { _ in try client.connect() }
            #expect(try await eventually { try client.send("GET /state", [bearer]).status == 503 })
            for socket in silent { socket.close() }
            #expect(try await eventually { try client.send("GET /state", [bearer]).status == 200 })
            #expect(run.isRunning)
        }
    }

    @Test("who begins a request and does not go on is told so in the end", .tags(.slow))
    func silence() async throws {
        try await withRedisServer { server in
            let client = try await serve([], server)
            let headers = ["Authorization: Bearer \(client.token)", "Content-Length: 9"]
            let slow = try client.stream(client.request("POST /publish", headers))
            #expect(try await eventually(within: .seconds(20)) { slow.text.hasPrefix("HTTP/1.1 408 ") })
        }
    }

    // MARK: Events

    @Test("events are those of monitor --json, selected by the query, and payloads are left out by default")
    func events() async throws {
        try await withRedisServer { server in
            let client = try await serve(["--source", "monitor"], server)
            let all = try client.stream("/events")
            let some = try client.stream("/events?cmd=set&key=user:*&where=size+%3E+9")
            #expect(try await eventually { (try state(client)["viewers"] as? Int) == 2 })
            let mistake = try client.send("GET /check?where=size+%3E+")
            #expect(
                mistake.body.hasPrefix("{\"ok\":false,\"field\":\"where\",") && mistake.body.hasSuffix(",\"offset\":7}")
            )
            #expect(try client.send("GET /check?where=size+%3E+1").body == "{\"ok\":true}")
            for value in ["12", "1234", "a secret"] { try server.command("SET", "user:1", value) }
            try server.command("GET", "user:1")
            #expect(try await eventually { all.text.contains("\"cmd\":\"GET\"") })
            #expect(all.text.components(separatedBy: "\"args\":[\"user:1\",\"(redacted)\"]").count == 4)
            #expect(try await eventually { some.text.components(separatedBy: "\"cmd\":\"SET\"").count == 3 })
            #expect(!some.text.contains("GET") && !(all.text + some.text).contains("secret"))
            #expect(
                all.text.contains("content-type: application/x-ndjson")
                    || all.text.contains("Content-Type: application/x-ndjson")
            )
        }
    }

    @Test("--redact none shows values, all shows no name in tables either")
    func redaction() async throws {
        try await withRedisServer { server in
            let open = try await serve(["--source", "monitor", "--redact", "none"], server)
            let closed = try await serve(["--source", "monitor", "--redact", "all"], server)
            let some = try await serve(["--source", "monitor", "--redact", "^user:"], server)
            let streams = try [open, closed, some].map { try $0.stream("/events?cmd=set") }
            for client in [open, closed, some] {
                #expect(try await eventually { (try state(client)["viewers"] as? Int) == 1 })
            }
            try server.command("SET", "user:1", "<b>&\u{202e}")
            try server.command("SET", "plain", "x")
            #expect(try await eventually { streams.allSatisfy { $0.text.contains("SET") } })
            #expect(try await eventually { streams[0].text.contains("\"args\":[\"user:1\",\"<b>&\\u202e\"]") })
            #expect(try await eventually { streams[1].text.contains("\"args\":[\"(redacted)\",\"(redacted)\"]") })
            #expect(try await eventually { streams[2].text.contains("\"args\":[\"plain\",\"x\"]") })
            #expect(try await eventually { rows(try state(open), "keys") == ["user:1": 1, "plain": 1] })
            #expect(try await eventually { rows(try state(closed), "keys").keys.sorted() == ["(redacted)"] })
            #expect(try await eventually { rows(try state(some), "keys") == ["(redacted)": 1, "plain": 1] })
        }
    }

    @Test("messages of names from the command line and from the page, and publishing only if it is allowed")
    func subscriptions() async throws {
        try await withRedisServer { server in
            let client = try await serve(["news", "-P", "cache.*", "--redact", "none", "--allow-publish"], server)
            #expect(try isSubscribed(server, "news"))
            let stream = try client.stream("/events")
            #expect(try await eventually { (try state(client)["viewers"] as? Int) == 1 })
            let bearer = "Authorization: Bearer \(client.token)"
            let added = try client.send("POST /subscribe", [bearer], body: "kind=channel&name=a%00b")
            #expect(added.status == 200 && added.body == "{\"ok\":true}")
            #expect((try state(client)["subscriptions"] as? [Any])?.count == 3)
            try server.publish("news", "1")
            try server.publish("cache.x", "2")
            let sent = try client.send("POST /publish", [bearer], body: "channel=a%00b&payload=%ff")
            #expect(sent.body == "{\"ok\":true,\"receivers\":1}")
            #expect(
                try await eventually {
                    stream.text.contains("\"channel\":\"news\",\"payload\":\"1\"")
                        && stream.text.contains("\"pattern\":\"cache.*\",\"channel\":\"cache.x\",\"payload\":\"2\"")
                        && stream.text.contains("\"channel\":\"a\\u0000b\",\"payload_base64\":\"/w==\"")
                }
            )
            #expect(
                try await eventually { rows(try state(client), "channels") == ["news": 1, "cache.x": 1, "a\0b": 1] }
            )
            let removed = try client.send("POST /unsubscribe", [bearer], body: "kind=channel&name=news")
            #expect(removed.status == 200)
            #expect(try !isSubscribed(server, "news"))
            #expect(try client.send("POST /subscribe", [bearer], body: "kind=nonsense&name=x").status == 400)
        }
    }

    @Test("a page gets a greeting, the state, and events; who comes back is told what was missed")
    func page() async throws {
        try await withRedisServer { server in
            let client = try await serve(["news", "--redact", "none"], server)
            let first = try client.stream("/stream")
            #expect(try await eventually { first.text.contains("event: state\ndata: {\"v\":1,") })
            #expect(first.text.contains("event: hello\ndata: {\"v\":1,\"version\":\""))
            try server.publish("news", "<script>")
            #expect(try await eventually { first.text.contains("event: events\nid: 1\ndata: {") })
            first.close()
            #expect(try await eventually { (try state(client)["viewers"] as? Int) == 0 })
            for _ in 0..<5 { try server.publish("news", "unseen") }
            #expect(try await eventually { (try state(client)["events"] as? Int) == 6 })
            let second = try client.stream("/stream", ["Authorization: Bearer \(client.token)", "Last-Event-ID: 1"])
            #expect(try await eventually { second.text.contains("\"kind\":\"missed\",") })
            #expect(try await eventually { second.text.contains("\"count\":5,") })
        }
    }

    @Test("a reader that does not read costs a bounded queue, holds nobody up, and is told what it missed")
    func slowReader() async throws {
        try await withRedisServer { server in
            let client = try await serve(["c", "--redact", "none"], server)
            let run = client.run
            let sleeper = try client.connect()
            try sleeper.send(client.request("GET /events"), WebClient.deadline)
            let reader = try client.stream("/events?where=payload+%3D+%22end%22")
            #expect(try await eventually { (try state(client)["viewers"] as? Int) == 2 })
            let payload = String(repeating: "x", count: 64 << 10)
            for _ in 0..<500 { try server.publish("c", RedisBytes(payload)) }
            try server.publish("c", "end")
            #expect(try await eventually { reader.text.contains("\"payload\":\"end\"") })
            var missed = 0
            let isBounded = try await eventually {
                missed = try state(client)["missed"] as? Int ?? 0
                return missed > 50
            }
            #expect(isBounded && missed < 500)
            let status = try String(contentsOfFile: "/proc/\(run.id)/status", encoding: .utf8)
            let peak = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
            let kilobytes = try #require(peak?.split(separator: " ").dropFirst().first.flatMap { Int($0) })
            #expect(kilobytes < 200 << 10)
            // It wakes up: what waited comes, and the record of what did not.
            var text = ""
            while !text.contains("\"kind\":\"drop\",") {
                let part = try sleeper.receive(WebClient.deadline, waitingFor: "what waited")
                if part.isEmpty { break }
                text = String(text.suffix(200)) + String(decoding: part, as: UTF8.self)
            }
            #expect(text.contains("\"kind\":\"drop\","))
            sleeper.close()
        }
    }

    // MARK: Sources

    @Test("the servers' own counters cost no MONITOR, and agree with what the server says")
    func counters() async throws {
        try await withRedisServer { server in
            let client = try await serve([], server)
            #expect(try await eventually { (try state(client)["nodes"] as? [Any])?.count == 1 })
            for index in 0..<50 { try server.command("SET", "k\(index % 7)", "v") }
            #expect(try await eventually { rows(try state(client), "commands")["set"] == 50 })
            #expect(try !server.command("CLIENT", "LIST").contains("cmd=monitor"))
            let node = try #require((try state(client)["nodes"] as? [[String: Any]])?.first)
            #expect(node["state"] as? String == "up" && node["role"] as? String == "master")
            #expect(
                try await eventually {
                    try client.send("GET /metrics").body.contains(
                        "\nrwatch_node_keys{node=\"localhost:\(server.port)\"} 7\n"
                    )
                }
            )
            let metrics = try client.send("GET /metrics")
            #expect(metrics.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8")
            #expect(metrics.body.contains("\nrwatch_commands_total{command=\"set\"} 50\n"))
            for line in metrics.body.split(separator: "\n") where !line.hasPrefix("#") {
                #expect(
                    line.wholeMatch(of: /[a-z_]+(\{[a-z]+="[^"\n]*"(,[a-z]+="[^"\n]*")*\})? [0-9]+/) != nil,
                    "\(line)"
                )
            }
        }
    }

    @Test("events of keys")
    func keys() async throws {
        try await withRedisServer(RedisServerOptions(arguments: ["--notify-keyspace-events", "KEA"])) { server in
            let client = try await serve(["--source", "keys", "user:*"], server)
            let stream = try client.stream("/events?where=event+%3D+del")
            #expect(try await eventually { (try state(client)["viewers"] as? Int) == 1 })
            try server.command("SET", "user:1", "v")
            try server.command("SET", "other", "v")
            try server.command("DEL", "user:1")
            #expect(try await eventually { stream.text.contains("\"event\":\"del\",\"key\":\"user:1\"") })
            #expect(!stream.text.contains("\"event\":\"set\""))
            #expect(try await eventually { rows(try state(client), "key_events") == ["set": 1, "del": 1] })
        }
    }

    @Test("a lost link shows as lost, with a gap, and as up again")
    func gap() async throws {
        try await withRedisServer { server in
            let client = try await serve(["c"], server)
            let stream = try client.stream("/events")
            #expect(try await eventually { (try state(client)["viewers"] as? Int) == 1 })
            try server.command("CLIENT", "KILL", "TYPE", "pubsub")
            #expect(try await eventually { stream.text.contains("\"kind\":\"gap\",") })
            #expect(
                try await eventually {
                    let links = try state(client)["links"] as? [[String: Any]] ?? []
                    return links.contains { $0["losses"] as? Int == 1 && $0["state"] as? String == "up" }
                }
            )
            let incidents = try #require(try state(client)["incidents"] as? [[String: Any]])
            #expect(Set(incidents.compactMap { $0["kind"] as? String }) == ["gap", "reconnect"])
            #expect(try client.send("GET /metrics").body.contains("\nrwatch_gaps_total 1\n"))
        }
    }

    // MARK: Ends

    @Test("ends with --for, by both signals, and tells readiness")
    func ends() async throws {
        try await withRedisServer { server in
            let timed = try RwatchProcess(["web", "--for", "300ms", "-q", "-p", "\(server.port)"])
            #expect(try await timed.status() == 0 && timed.lines.count == 1)
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("web-\(UUID().uuidString)")
            let client = try await serve(["--ready-file", folder.path], server)
            let run = client.run
            #expect(try await eventually { FileManager.default.fileExists(atPath: folder.path) })
            let stream = try client.stream("/stream")
            #expect(try await eventually { stream.text.contains("event: state") })
            run.signal(SIGINT)
            #expect(try await run.status() == 128 + SIGINT)
            #expect(!FileManager.default.fileExists(atPath: folder.path))
            let refused = try RwatchProcess(["web", "--listen", "127.0.0.1:\(server.port)", "-p", "\(server.port)"])
            #expect(try await refused.status() == 69)
            #expect(refused.notices.contains("cannot listen at 127.0.0.1:\(server.port): "))
        }
        let nobody = try RwatchProcess(["web", "-p", "1"])
        #expect(try await nobody.status() == 69 && nobody.lines.isEmpty)
    }

    @Test("mistakes of the command line are told as such")
    func usage() async throws {
        for (arguments, words) in [
            (["--source", "sub"], "nothing to subscribe to"),
            (["--source", "all"], "known are stats, monitor, sub, keys"),
            (["--listen", "example.com:80"], "this is no address and port"), (["--redact", "("], "--redact: "),
        ] {
            let run = try RwatchProcess(["web"] + arguments)
            #expect(try await run.status() == 64, "\(arguments)")
            #expect(run.notices.contains(words), "\(run.notices)")
        }
    }

    @Test("the demonstration needs no server")
    func demonstration() async throws {
        let run = try RwatchProcess(["demo", "--web"])
        #expect(try await eventually { !run.lines.isEmpty })
        let client = try WebClient(run)
        let stream = try client.stream("/events")
        #expect(try await eventually { stream.text.contains("\"cmd\":\"PUBLISH\"") })
        #expect(try await eventually { stream.text.contains("\"kind\":\"message\"") })
        run.signal(SIGTERM)
        #expect(try await run.status() == 128 + SIGTERM)
    }
}
