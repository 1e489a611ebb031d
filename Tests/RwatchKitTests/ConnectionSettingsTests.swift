import RedisCore
import RedisRESP
import RedisReactor
import RwatchKit
import TestSupport
import Testing

/// What the command line, a URL and the environment say together, as redis-cli has taught everybody.
@Suite("Connection settings", .tags(.unit))
struct ConnectionSettingsTests {
    /// The only server, as `endpoint user password database`.
    private func server(
        _ environment: [String: String] = [:],
        _ change: (inout ConnectionSettings) -> Void
    ) throws -> String {
        var settings = ConnectionSettings()
        change(&settings)
        let all = try settings.configurations { environment[$0].map { Array($0.utf8) } }
        #expect(all.count == 1)
        let credentials = all[0].credentials as? RedisCredentials
        return [
            all[0].endpoint.description, credentials?.username ?? "-", credentials?.password ?? "-",
            "\(all[0].database)",
        ].joined(separator: " ")
    }

    private func complaint(
        _ environment: [String: String] = [:],
        _ change: (inout ConnectionSettings) -> Void
    ) -> String {
        do {
            let taken = try server(environment, change)
            return "taken: \(taken)"
        } catch { return (error as? RedisError)?.message ?? "\(error)" }
    }

    @Test("--max-nodes is for a cluster, and within what one can have")
    func maximumNodes() throws {
        var settings = ConnectionSettings()
        (settings.host, settings.isCluster, settings.maximumNodes) = ("h", true, 20)
        #expect(try settings.configurations { _ in nil }.map { $0.cluster?.maximumNodes } == [20])
        #expect(complaint { ($0.host, $0.maximumNodes) = ("h", 20) } == "--max-nodes needs a cluster (-c)")
        for number in [0, 4097] {
            settings.maximumNodes = number
            let text = "cluster.maximumNodes \(number) is not between 1 and 4096"
            let error = #expect(throws: RedisError.self) {
                for configuration in try settings.configurations(environment: { _ in nil }) {
                    try configuration.validate()
                }
            }
            #expect(error?.message == text)
        }
    }

    @Test("a URL and options combine part by part, and options count first")
    func parts() throws {
        #expect(
            try server {
                $0.urls = ["redis://alice@h"]; $0.password = "pw"
            } == "h:6379 alice pw 0"
        )
        #expect(
            try server {
                $0.urls = ["redis://alice:old@h"]; $0.password = "pw"
            } == "h:6379 alice pw 0"
        )
        #expect(
            try server {
                $0.urls = ["redis://:pw@h"]; $0.user = "bob"
            } == "h:6379 bob pw 0"
        )
        #expect(
            try server {
                $0.urls = ["redis://alice:pw@h"]; $0.user = "bob"
            } == "h:6379 bob pw 0"
        )
        #expect(
            try server {
                $0.urls = ["redis://h"]; $0.user = "bob"; $0.password = "pw"
            } == "h:6379 bob pw 0"
        )
        #expect(
            try server {
                $0.urls = ["redis://:pw@h:7000/3"]; $0.port = 7001
            } == "h:7001 - pw 3"
        )
        #expect(
            try server {
                $0.urls = ["redis://:pw@h:7000/3"]; $0.host = "i"; $0.database = 4
            } == "i:7000 - pw 4"
        )
        #expect(
            try server {
                $0.urls = ["redis://:pw@h/3"]; $0.socket = "/s"
            } == "unix:/s - pw 3"
        )
        #expect(
            try server {
                $0.urls = ["redis://a%40b@h"]; $0.password = "pw"
            } == "h:6379 a@b pw 0"
        )
    }

    @Test("--max-frame is the largest message, line and reply, and long lists of short names fit into it")
    func maxFrame() throws {
        var settings = ConnectionSettings()
        let usual = try settings.configurations { _ in nil }[0]
        #expect(usual.limits == RedisFrameLimits() && usual.replyLimits == usual.limits)
        settings.maxFrame = 64 << 20
        #expect(try settings.configurations { _ in nil }[0].limits == RedisFrameLimits())
        settings.maxFrame = 1 << 30
        let large = try settings.configurations { _ in nil }[0].limits
        #expect(large.bulkLength == 1 << 30 && large.lineLength == 1 << 30 && large.frameLength == 65 << 24)
        #expect(large.elements == 1 << 24)
        #expect(complaint { $0.maxFrame = 4095 } == "--max-frame takes 4kb at least, and 1tb at most")
    }

    @Test("REDISCLI_AUTH is the password that nothing else names")
    func environment() throws {
        let auth = ["REDISCLI_AUTH": "env"]
        #expect(try server(auth) { _ in } == "localhost:6379 - env 0")
        #expect(try server(auth) { $0.user = "bob" } == "localhost:6379 bob env 0")
        #expect(try server(auth) { $0.urls = ["redis://alice@h"] } == "h:6379 alice env 0")
        #expect(try server(auth) { $0.urls = ["redis://alice:pw@h"] } == "h:6379 alice pw 0")
        #expect(try server(auth) { $0.password = "pw" } == "localhost:6379 - pw 0")
        let url = ["RWATCH_URL": "redis://alice@h:1/2", "REDISCLI_AUTH": "env"]
        #expect(try server(url) { _ in } == "h:1 alice env 2")
        #expect(try server(url) { $0.user = "bob" } == "h:1 bob env 2")
        // Another server does not get what was meant for that one.
        #expect(try server(["RWATCH_URL": "redis://:pw@h:1/2"]) { $0.host = "i" } == "i:6379 - - 0")
    }

    @Test("an empty password is none")
    func emptyPassword() throws {
        #expect(try server(["REDISCLI_AUTH": ""]) { _ in } == "localhost:6379 - - 0")
        #expect(try server { $0.password = "" } == "localhost:6379 - - 0")
        #expect(try server(["REDISCLI_AUTH": "env"]) { $0.password = "" } == "localhost:6379 - env 0")
        #expect(try server { $0.urls = ["redis://:@h"] } == "h:6379 - - 0")
        #expect(
            try server {
                $0.urls = ["redis://:pw@h"]; $0.password = ""
            } == "h:6379 - pw 0"
        )
        #expect(try server { $0.user = "" } == "localhost:6379 - - 0")
        #expect(
            complaint {
                $0.user = "bob"; $0.password = ""
            }.hasPrefix("--user needs a password: use -a, ")
        )
    }

    @Test(
        "a host may name its port",
        arguments: [
            ("h", "h:6379"), ("h:7000", "h:7000"), ("::1", "[::1]:6379"), ("[::1]", "[::1]:6379"),
            ("[::1]:7000", "[::1]:7000"), ("fe80::1", "[fe80::1]:6379"),
        ]
    )
    func host(_ text: String, _ endpoint: String) throws {
        #expect(try server { $0.host = text } == "\(endpoint) - - 0")
    }

    @Test("what does not go together is told in words")
    func complaints() {
        for (change, expected): ((inout ConnectionSettings) -> Void, String) in [
            ({ $0.host = "" }, "-h is empty; it takes a host"),
            ({ $0.host = "h:x" }, "-h takes a host, or host:port with a number from 1 to 65535"),
            ({ $0.host = "h:0" }, "-h takes a host, or host:port with a number from 1 to 65535"),
            ({ $0.host = ":7000" }, "-h has no host before the port"),
            ({ $0.host = "redis://h" }, "-h takes a host; a URL's option is -u"),
            (
                { $0.host = "u:pw@h" }, "-h takes a host alone; user and password have --user and -a, or stand in a URL"
            ),
            (
                {
                    $0.host = "h:1"; $0.port = 2
                }, "-h and -p name two ports; leave out one"
            ),
            (
                {
                    $0.host = "[::1"; $0.port = 2
                }, "-h has a \"[\" without \"]\""
            ),
            (
                {
                    $0.host = "h"; $0.socket = "/s"
                }, "-s names the server already; leave out -h and -p"
            ),
            (
                {
                    $0.urls = ["redis+unix:///s"]; $0.port = 1
                }, "the URL names a unix socket; leave out -h and -p"
            ),
            (
                {
                    $0.urls = ["redis://a", "redis://b"]; $0.port = 1
                }, "-h, -p and -s go with one server; the URLs name several"
            ),
            (
                {
                    $0.urls = ["redis+cluster://a,b"]; $0.port = 1
                }, "-h, -p and -s go with one server; the URLs name several"
            ),
            (
                { $0.urls = ["redis://pw@h"] },
                "URL: user without a password; write user:password@, or :password@ if it is the password; "
                    + "or give the password with -a or REDISCLI_AUTH"
            ),
        ] {
            #expect(complaint(change: change) == expected)
        }
        #expect(
            complaint(["RWATCH_URL": ""]) { _ in }
                == "RWATCH_URL is set and empty; it takes a URL such as redis://localhost:6379"
        )
        #expect(complaint(["RWATCH_URL": "h"]) { _ in } == "URL: no \"://\" after the scheme (in RWATCH_URL)")
    }

    private func complaint(change: (inout ConnectionSettings) -> Void) -> String { complaint([:], change) }

    @Test("a variable that is not UTF-8 is named, and not repaired")
    func notText() {
        #expect {
            try ConnectionSettings().configurations { $0 == "REDISCLI_AUTH" ? [0xff] : nil }
        } throws: { ($0 as? RedisError)?.message == "REDISCLI_AUTH is not UTF-8" }
    }

    @Test(
        "servers that are to be one are refused when they differ, by what differs and not how",
        arguments: [true, false]
    )
    func mixed(_ isCluster: Bool) throws {
        func complaint(_ urls: [String], _ change: (inout ConnectionSettings) -> Void = { _ in }) -> String {
            self.complaint {
                $0.urls = urls
                if isCluster { $0.isCluster = true } else { $0.sentinelName = "m" }
                change(&$0)
            }
        }
        func refusal(_ what: String) -> String {
            "the URLs of a:6379 and b:6379 differ in \(what): with \(isCluster ? "-c" : "--sentinel") they must agree"
        }
        let tls = refusal("TLS (redis:// and rediss://)")
        #expect(complaint(["redis://:pw@a", "rediss://b"]) == tls)
        #expect(complaint(["rediss://a", "redis://b"]) == tls)
        #expect(complaint(["redis://a", "redis://a:1", "rediss://b"]) == tls)
        #expect(complaint(["redis://:pw@a", "redis://b"]) == refusal("user or password"))
        #expect(complaint(["redis://:pw@a", "redis://:other@b"]) == refusal("user or password"))
        #expect(complaint(["redis://u:pw@a", "redis://v:pw@b"]) == refusal("user or password"))
        #expect(complaint(["redis://a?protocol=2", "redis://b"]) == refusal("protocol"))
        #expect(complaint(["redis://a?client_name=x", "redis://b"]) == refusal("client_name"))
        #expect(complaint(["redis://a/1", "redis://b/2"]) == refusal("database"))
        // What an option says holds for all of them.
        #expect(complaint(["redis://a", "rediss://b"]) { $0.tls = true } == "taken: a:6379 - - 0")
        #expect(complaint(["redis://a", "redis://:pw@b"]) { $0.password = "x" } == "taken: a:6379 - x 0")
        #expect(complaint(["redis://u:p@a", "redis://v:p@b"]) { $0.user = "w" } == "taken: a:6379 w p 0")
        #expect(complaint(["redis://:pw@a", "redis://:pw@b:1"]) == "taken: a:6379 - pw 0")
    }

    @Test("servers side by side have what each URL says")
    func sideBySide() throws {
        var settings = ConnectionSettings()
        settings.urls = ["redis://:pw@a", "rediss://b", "redis://u:x@c"]
        let all = try settings.configurations { $0 == "REDISCLI_AUTH" ? Array("env".utf8) : nil }
        #expect(all.map { $0.tls != nil } == [false, true, false])
        #expect(all.map { ($0.credentials as? RedisCredentials)?.password } == ["pw", "env", "x"])
        settings.isInsecure = true
        #expect(throws: RedisError.self) { try settings.configurations { _ in nil } }
        settings.tls = true
        #expect(try settings.configurations { _ in nil }.allSatisfy { $0.tls?.verification == .some(.none) })
    }

    @Test("TLS options hold for Sentinels too")
    func sentinelTLS() throws {
        var settings = ConnectionSettings()
        settings.host = "h"
        settings.sentinelName = "m"
        settings.tls = true
        settings.authorities = "ca.pem"
        let all = try settings.configurations { _ in nil }
        #expect(all[0].sentinel?.tls?.authorities == .file("ca.pem"))
        #expect(all[0].tls?.authorities == .file("ca.pem"))
    }
}
