import RedisCore
import Testing

@Suite("URLs")
struct URLTests {
    @Test(
        "that name TLS ask for a server that is verified",
        arguments: ["rediss://h.example", "VALKEYS://h.example:6379"]
    )
    func secure(url: String) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.endpoint == .tcp(host: "h.example", port: 6379))
        #expect(configuration.tls == TLSConfiguration())
        #expect(configuration.tls?.verification == .full)
        #expect(try RedisConfiguration(url: "redis://h.example").tls == nil)
    }

    @Test(
        "name host, port and database",
        arguments: [
            ("redis://localhost", Endpoint.tcp(host: "localhost", port: 6379), 0),
            ("redis://", .tcp(host: "localhost", port: 6379), 0),
            ("redis:///3", .tcp(host: "localhost", port: 6379), 3),
            ("REDIS://example.org:7000/2", .tcp(host: "example.org", port: 7000), 2),
            ("valkey://10.0.0.1:1", .tcp(host: "10.0.0.1", port: 1), 0),
            ("redis://[::1]", .tcp(host: "::1", port: 6379), 0),
            ("redis://[fe80::1]:6380/1", .tcp(host: "fe80::1", port: 6380), 1),
            ("redis://host/1?db=5", .tcp(host: "host", port: 6379), 5),
            ("redis://h%6Fst", .tcp(host: "host", port: 6379), 0),
            ("redis+unix:///run/redis.sock?db=4", .unix(path: "/run/redis.sock"), 4),
            ("unix:///run/with%20blank", .unix(path: "/run/with blank"), 0),
            ("valkey+unix:///run/v.sock", .unix(path: "/run/v.sock"), 0),
        ]
    )
    func endpoints(_ url: String, _ endpoint: Endpoint, _ database: Int) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.endpoint == endpoint)
        #expect(configuration.database == database)
    }

    @Test(
        "carry credentials, decoded",
        arguments: [
            ("redis://:secret@host", nil, "secret"),
            ("redis://ann:s%40c%3Aret@host", "ann", "s@c:ret"),
            ("redis://ann:a@b@host", "ann", "a@b"),
            ("redis://ann:@host", "ann", ""),
            ("unix://ann:pw@/run/r.sock", "ann", "pw"),
            ("redis://ann:\u{301}pw@h", "ann", "\u{301}pw"),
        ]
    )
    func credentials(_ url: String, _ user: String?, _ password: String) async throws {
        let provider = try #require(try RedisConfiguration(url: url).credentials)
        let credentials = try await provider.credentials()
        #expect(credentials.username == user)
        #expect(credentials.password == password)
    }

    @Test("choose the protocol and the name")
    func options() throws {
        let configuration = try RedisConfiguration(url: "redis://h?protocol=2&client_name=watcher")
        #expect(configuration.protocolVersion == .resp2)
        #expect(configuration.clientName == "watcher")
        #expect(try RedisConfiguration(url: "redis://h?protocol=3").protocolVersion == .resp3)
    }

    @Test(
        "say which part is wrong",
        arguments: [
            ("localhost:6379", "no \"://\" after the scheme"),
            ("http://host", "unknown scheme; known are redis, rediss, valkey, valkeys, redis+unix and unix"),
            ("ann:pw@host/://", "what is before \"://\" is no scheme"),
            ("://host", "what is before \"://\" is no scheme"),
            ("redis://host:port", "port is not a number from 1 to 65535"),
            ("redis://host:0", "port is not a number from 1 to 65535"),
            ("redis://host:65536", "port is not a number from 1 to 65535"),
            ("redis://host:-1", "port is not a number from 1 to 65535"),
            ("redis://::1", "an IPv6 host has to stand in brackets"),
            ("redis://[::1", "host has a \"[\" without \"]\""),
            ("redis://[::1]x", "unexpected text after the \"]\" of the host"),
            ("redis://[host]", "host in brackets is no IPv6 address"),
            ("redis://host/x", "database is not a number from 0 up"),
            ("redis://host/-1", "database is not a number from 0 up"),
            ("redis://host?db=1x", "database is not a number from 0 up"),
            ("redis://host?protocol=4", "protocol is neither 2 nor 3"),
            ("redis://host?colour=red", "unknown option; known are db, protocol and client_name"),
            ("redis://host?db", "an option has no value"),
            ("redis://ho%zzst", "host has a \"%\" without two hexadecimal digits"),
            ("redis://u:p%4@host", "password has a \"%\" without two hexadecimal digits"),
            ("redis://u:%ff@host", "password is not UTF-8 after percent-decoding"),
            ("redis://user@host", "user without a password; write user:password@ or :password@"),
            ("redis://host#x", "a fragment (\"#\") has no meaning here; write %23"),
            ("unix://host/path", "a unix socket has no host; three slashes begin its path: unix:///path"),
            ("unix:///", "path of the unix socket is empty"),
        ]
    )
    func mistakes(_ url: String, _ complaint: String) {
        let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
        #expect(error?.code == .invalidConfiguration)
        #expect(error?.description == "URL: " + complaint)
    }

    @Test("that are wrong do not repeat a password")
    func secrets() {
        for url in [
            "redis://u:hunter2@host:x", "redis://u:hunter2%@h", "redis://u:hunter2@[::1", "x://u:hunter2@h",
            "redis://:hun/hunter2@h", "redis://:1?hunter2@h", "redis://:1/hunter2@h",
            "redis://:1#hunter2@h", "ann:hunter2@h/://", ":hunter2://pw@h",
            // An accent on the delimiter makes one character of both.
            "redis://ann:hunter2@\u{301}h:x", "redis://ann:hunter2/\u{301}@h", "redis://ann:hunter2@h:\u{301}1",
        ] {
            let error = #expect(throws: RedisError.self) { try RedisConfiguration(url: url) }
            #expect(error.map { "\($0)".contains("hunter2") } == false)
        }
        var dumped = ""
        dump(RedisCredentials(username: "u", password: "hunter2"), to: &dumped)
        #expect(!dumped.contains("hunter2"))
        #expect("\(RedisCredentials(password: "hunter2"))" == "RedisCredentials(redacted)")
    }

    @Test("and settings are checked before anything is sent")
    func settings() {
        let mistakes: [(String, (inout RedisConfiguration) -> Void)] = [
            ("client name has a blank or a character outside printable ASCII", { $0.clientName = "a b" }),
            ("database -1 is negative", { $0.database = -1 }),
            ("subscribeBatchSize 0 is not positive", { $0.subscribeBatchSize = 0 }),
            ("host is empty or holds a NUL", { $0.endpoint = .tcp(host: "", port: 1) }),
            ("port 0 cannot be connected to", { $0.endpoint = .tcp(host: "h", port: 0) }),
            ("socket path is empty or holds a NUL", { $0.endpoint = .unix(path: "") }),
        ]
        for (complaint, change) in mistakes {
            var configuration = RedisConfiguration()
            change(&configuration)
            let error = #expect(throws: RedisError.self) { try configuration.validate() }
            #expect(error?.description == complaint)
        }
    }
}
