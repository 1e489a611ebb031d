import RedisCore
import TestSupport
import Testing

private let unknownScheme =
    "unknown scheme; known are redis, rediss, valkey and valkeys, each also with +cluster or +sentinel, redis+unix and unix"
private let unknownOption =
    "unknown option; known are db, client_name, protocol, replicas, connect_timeout, command_timeout, cluster, mirrored, sentinel_username and sentinel_password"

@Suite("URLs", .tags(.unit))
struct URLTests {
    @Test(
        "that name TLS ask for a server that is verified",
        arguments: ["rediss://h.example", "VALKEYS://h.example:6379"]
    )
    func secure(url: String) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.endpoint == .tcp(host: "h.example", port: 6379))
        #expect(configuration.tls == RedisTLSConfiguration())
        #expect(configuration.tls?.verification == .full)
        #expect(try RedisConfiguration(url: "redis://h.example").tls == nil)
    }

    @Test(
        "name host, port and database",
        arguments: [
            ("redis://localhost", RedisEndpoint.tcp(host: "localhost", port: 6379), 0),
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
    func endpoints(_ url: String, _ endpoint: RedisEndpoint, _ database: Int) throws {
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

    @Test(
        "tell which of their parts are secret",
        arguments: [
            (
                "redis://h:1/2?db=3&protocol=2&client_name=x&cluster=false",
                "redis://h:1/2?db=3&protocol=2&client_name=x&cluster=false"
            ),
            ("redis://u:pw@h", "redis://****@h"), ("redis://:p@w@h", "redis://****@h"),
            ("redis://u@h/1", "redis://*@h/1"),
            (
                "redis+cluster://u:pw@a,b:1?replicas=true&mirrored=true",
                "redis+cluster://****@a,b:1?replicas=true&mirrored=true"
            ),
            (
                "redis+sentinel://a/n?sentinel_password=pw&sentinel_username=u&sentinel_password=pw2",
                "redis+sentinel://a/n?sentinel_password=**&sentinel_username=u&sentinel_password=***"
            ),
            ("redis+sentinel://a/n?sentinel%5Fpassword=%70w", "redis+sentinel://a/n?sentinel%5Fpassword=****"),
            ("redis+sentinel://é:ü@a/n", "redis+sentinel://*****@a/n"),
            // What is not understood is secret as a whole.
            ("redis://h?sentinel_password=pw", "******************************"), ("pw@h", "****"), ("", ""),
            ("redis://u:pw", "************"), ("redis://h?pw=pw", "***************"),
            ("http://u:pw@h", "*************"),
        ]
    )
    func secrets(_ url: String, _ shown: String) {
        var bytes = Array(url.utf8)
        for range in RedisConfiguration.secrets(inURL: bytes) {
            bytes.replaceSubrange(range, with: range.map { _ in UInt8(ascii: "*") })
        }
        #expect(String(decoding: bytes, as: UTF8.self) == shown)
    }

    @Test(
        "set timeouts",
        arguments: [
            "connect_timeout=3s&command_timeout=never", "socket_connect_timeout=3%20seconds&socket_timeout=never",
        ]
    )
    func timeouts(options: String) throws {
        let configuration = try RedisConfiguration(url: "redis://h?\(options)")
        #expect(configuration.connectTimeout == .seconds(3))
        #expect(configuration.commands.timeout == nil)
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
            ("http://host", unknownScheme), ("redis+cluster+x://h", unknownScheme),
            ("unix+cluster:///x", unknownScheme),
            ("rediss+unix:///x", unknownScheme), ("redis+://h", unknownScheme),
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
            ("redis://host?db=1x", "db is not a number from 0 up"),
            ("redis://host?protocol=4", "protocol is neither 2 nor 3"),
            ("redis://host?colour=red", unknownOption),
            ("redis://a,b", "host has a \",\": several are for a cluster or Sentinels"),
            ("rediss://a:1,b:2?cluster=false", "host has a \",\": several are for a cluster or Sentinels"),
            ("redis://h?cluster=yes", "cluster is neither true nor false"),
            ("redis://h?replicas=1", "replicas is neither true nor false"),
            ("redis://h?replicas=true", "replicas needs a cluster or Sentinels"),
            ("redis+sentinel://h/n?mirrored=true", "mirrored needs a cluster"),
            ("unix:///run/r.sock?cluster=true", "cluster is true, but the server is at a unix socket"),
            ("redis+sentinel://h/n?cluster=true", "cluster is true, but the server is behind Sentinels"),
            ("redis+cluster://h?cluster=false", "cluster is false, but there are seeds"),
            ("redis+cluster://h/1", "a cluster has no database but 0"),
            ("redis+cluster://h?db=1", "a cluster has no database but 0"),
            ("redis://h/2?cluster=true", "a cluster has no database but 0"),
            ("redis+cluster://a,,b", "a host among several is empty"),
            (
                "redis+cluster://u:p@a,u:q@b",
                "an \"@\" among the hosts: user and password stand once, before all hosts; in them it is written %40"
            ),
            (
                "rediss+sentinel://:p@a,:q@b/n",
                "an \"@\" among the hosts: user and password stand once, before all hosts; in them it is written %40"
            ),
            ("redis+cluster://a,", "a host among several is empty"),
            ("redis+cluster://a:1,b:x", "port is not a number from 1 to 65535"),
            ("redis+cluster://a,::1", "an IPv6 host has to stand in brackets"),
            ("redis+cluster://h?sentinel_password=x", "sentinel_password needs Sentinels"),
            ("redis+sentinel://h/n?sentinel_username=x", "sentinel_username needs sentinel_password"),
            ("redis+sentinel://h", "the name of the primary is missing; it is the path"),
            ("redis+sentinel://h//0", "the name of the primary is missing; it is the path"),
            ("redis+sentinel://h/n/x", "database is not a number from 0 up"),
            ("redis+sentinel://h/%zz", "name of the primary has a \"%\" without two hexadecimal digits"),
            ("redis://host?db", "an option has no value"),
            (
                "redis://host?command_timeout=5",
                "command_timeout has no unit; write it with one, such as 30s or 30 seconds"
            ),
            ("redis://host?connect_timeout=0s", "connectTimeout 0.0 seconds is not positive"),
            ("redis://host?heartbeat=5s", unknownOption),
            (
                "redis://user@host?replicas=true&mirrored=true",
                "user without a password; write user:password@, or :password@ if it is the password; "
                    + "URL: replicas needs a cluster or Sentinels; URL: mirrored needs a cluster"
            ),
            ("redis://ho%zzst", "host has a \"%\" without two hexadecimal digits"),
            ("redis://u:p%4@host", "password has a \"%\" without two hexadecimal digits"),
            ("redis://u:%ff@host", "password is not UTF-8 after percent-decoding"),
            ("redis://user@host", "user without a password; write user:password@, or :password@ if it is the password"),
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

    @Test(
        "name a cluster by one or more of its nodes",
        arguments: [
            ("redis+cluster://a", ["a:6379"], false),
            ("valkey+cluster://a:1,[::1],[fe80::2]:3/0", ["a:1", "[::1]:6379", "[fe80::2]:3"], false),
            ("rediss+cluster://u:p%2C,w@a,b:2?cluster=true", ["a:6379", "b:2"], true),
            ("VALKEYS+CLUSTER://a", ["a:6379"], true), ("redis+cluster://", ["localhost:6379"], false),
            ("redis://a:1?cluster=true", ["a:1"], false), ("rediss://a,b?cluster=true", ["a:6379", "b:6379"], true),
        ]
    )
    func clusters(_ url: String, _ seeds: [String], isSecure: Bool) throws {
        let configuration = try RedisConfiguration(url: url)
        let cluster = try #require(configuration.cluster)
        #expect(cluster.seeds.map(\.description) == seeds)
        #expect(cluster.nodes == .primary)
        #expect(configuration.endpoint == cluster.seeds.first)
        #expect(configuration.sentinel == nil)
        #expect((configuration.tls != nil) == isSecure)
        #expect(
            try RedisConfiguration(url: url + (url.contains("?") ? "&" : "?") + "replicas=true").cluster?.nodes
                == .replica
        )
        #expect(cluster.mirrorsChannels == false)
        #expect(
            try RedisConfiguration(url: url + (url.contains("?") ? "&" : "?") + "mirrored=true").cluster?
                .mirrorsChannels
                == true
        )
        #expect(try RedisConfiguration(url: "redis://a?cluster=false").cluster == nil)
    }

    @Test(
        "name a primary by its Sentinels",
        arguments: [
            ("redis+sentinel://a/mymaster", ["a:26379"], "mymaster", 0, false),
            ("valkey+sentinel://a:1,b,[::1]:3/my%2Fmaster/4", ["a:1", "b:26379", "[::1]:3"], "my/master", 4, false),
            ("rediss+sentinel://a/n/?db=2", ["a:26379"], "n", 2, true),
            ("valkeys+sentinel://a/n/1?db=2", ["a:26379"], "n", 2, true),
        ]
    )
    func sentinels(_ url: String, _ sentinels: [String], _ name: String, _ database: Int, isSecure: Bool) throws {
        let configuration = try RedisConfiguration(url: url)
        let sentinel = try #require(configuration.sentinel)
        #expect(sentinel.sentinels.map(\.description) == sentinels)
        #expect(sentinel.name == name)
        #expect(sentinel.server == .primary)
        #expect(sentinel.credentials == nil)
        #expect(configuration.endpoint == sentinel.sentinels.first)
        #expect(configuration.database == database)
        #expect(configuration.cluster == nil)
        #expect((configuration.tls != nil) == isSecure)
        #expect((sentinel.tls != nil) == isSecure)
    }

    @Test(
        "take an empty password of the default user for none",
        arguments: [
            "redis://:@h", "redis://default:@h", "redis+cluster://:@h", "redis+sentinel://:@h/n?sentinel_password=",
        ]
    )
    func emptyPassword(_ url: String) throws {
        let configuration = try RedisConfiguration(url: url)
        #expect(configuration.credentials == nil)
        #expect(configuration.sentinel?.credentials == nil)
    }

    @Test("tell the credentials of servers and Sentinels apart")
    func sentinelCredentials() async throws {
        let url = "redis+sentinel://ann:data@a,b/n?sentinel_username=bob&sentinel_password=s%40c&replicas=true"
        let configuration = try RedisConfiguration(url: url)
        let credentials = try await configuration.credentials?.credentials()
        #expect(credentials?.username == "ann")
        #expect(credentials?.password == "data")
        let own = try await configuration.sentinel?.credentials?.credentials()
        #expect(own?.username == "bob")
        #expect(own?.password == "s@c")
        #expect(configuration.sentinel?.server == .replica)
        let anonymous = try RedisConfiguration(url: "redis+sentinel://a/n?sentinel_password=s").sentinel?.credentials
        #expect(try await anonymous?.credentials().username == nil)
    }

    @Test("that are wrong do not repeat a password")
    func secrets() {
        for url in [
            "redis://u:hunter2@host:x", "redis://u:hunter2%@h", "redis://u:hunter2@[::1", "x://u:hunter2@h",
            "redis://:hun/hunter2@h", "redis://:1?hunter2@h", "redis://:1/hunter2@h",
            "redis://:1#hunter2@h", "ann:hunter2@h/://", ":hunter2://pw@h",
            "redis+cluster://a,u:hunter2@h:x", "redis+cluster://u:hunter2", "redis://a,hunter2",
            "redis+cluster://h/hunter2",
            "redis+sentinel://h/n/hunter2", "redis+sentinel://h/n?sentinel_passwort=hunter2",
            "redis+sentinel://h?sentinel_password=hunter2", "redis://h?sentinel_password=hunter2",
            "redis+sentinel://h/n?sentinel_password=hunter2%", "redis+sentinel://u:hunter2,h/n",
            "redis+sentinel://h/n?sentinel_password=1&hunter2", "redis+sentinel://h/n?sentinel_password=1#hunter2",
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
