import RwatchWeb
import TestSupport
import Testing

/// Which requests are answered at all.
@Suite("Whether a request may be answered", .tags(.unit))
struct RequestGuardTests {
    private let token = WebToken()

    private func gate(_ address: String = "127.0.0.1:8080", _ names: [String] = []) throws -> RequestGuard {
        RequestGuard(token: token, address: try #require(ListenAddress(address)), names: names)
    }

    private func request(
        _ headers: [(name: String, value: String)],
        _ method: WebRequest.Method = .get,
        _ target: String = "/events",
        host: String? = "127.0.0.1:8080"
    ) throws -> WebRequest {
        try #require(WebRequest(method, target, headers: (host.map { [("Host", $0)] } ?? []) + headers))
    }

    private var bearer: (name: String, value: String) { ("Authorization", "Bearer \(token.text)") }
    private var cookie: (name: String, value: String) { ("Cookie", "a=b; rwatch-8080=\(token.text)") }

    @Test("the token is taken from the header, the cookie, and the query of a GET")
    func tokens() throws {
        let gate = try gate()
        #expect(gate.refusal(of: try request([bearer])) == nil)
        #expect(gate.refusal(of: try request([("authorization", "bearer  \(token.text)")])) == nil)
        #expect(gate.refusal(of: try request([cookie])) == nil)
        #expect(gate.refusal(of: try request([], .get, "/?token=\(token.text)")) == nil)
        #expect(gate.refusal(of: try request([])) == .noToken)
        #expect(gate.refusal(of: try request([("Authorization", "Bearer \(token.text)0")])) == .noToken)
        #expect(gate.refusal(of: try request([("Authorization", "Basic \(token.text)")])) == .noToken)
        #expect(gate.refusal(of: try request([bearer, bearer])) == .noToken)
        #expect(gate.refusal(of: try request([("Cookie", "rwatch-8081=\(token.text)")])) == .noToken)
        #expect(gate.refusal(of: try request([cookie], .get, "/?token=\(WebToken().text)")) == .noToken)
        #expect(gate.refusal(of: try request([], .get, "/?token=\(token.text)&token=\(token.text)")) == .noToken)
        #expect(gate.refusal(of: try request([], .post, "/publish?token=\(token.text)")) == .noToken)
    }

    @Test("another Host, none, or two are refused, whatever else is right")
    func hosts() throws {
        let gate = try gate()
        for host in ["127.0.0.1:8080", "localhost:8080", "LOCALHOST:8080", "[::1]:8080"] {
            #expect(gate.refusal(of: try request([bearer], host: host)) == nil, "\(host)")
        }
        for host in [
            "evil.example:8080", "evil.example", "127.0.0.1", "127.0.0.1:8081", "127.0.0.1.evil.example:8080",
            "127.0.0.1:8080:8080", "", ":8080", "127.0.0.1:8080 ", "localhost.:8080",
        ] {
            #expect(gate.refusal(of: try request([bearer], host: host)) == .wrongHost, "\(host)")
        }
        #expect(gate.refusal(of: try request([bearer], host: nil)) == .wrongHost)
        #expect(gate.refusal(of: try request([("Host", "127.0.0.1:8080"), bearer])) == .wrongHost)
    }

    @Test("where it listens at all addresses, an address is its name, and other names must be given")
    func wildcard() throws {
        let gate = try gate("0.0.0.0:8080", ["Watch.example"])
        for (host, isOwn) in [
            ("10.1.2.3:8080", true), ("[fe80::1]:8080", true), ("watch.example:8080", true),
            ("evil.example:8080", false), ("localhost:8080", false), ("10.1.2.3.4:8080", false),
            ("10.1.2.256:8080", false), ("[evil]:8080", false),
        ] {
            #expect((gate.refusal(of: try request([bearer], host: host)) == nil) == isOwn, "\(host)")
        }
    }

    @Test("pages of other origins are refused, and what changes something needs an origin")
    func origins() throws {
        let gate = try gate()
        let own = (name: "Origin", value: "http://127.0.0.1:8080")
        #expect(gate.refusal(of: try request([cookie, own])) == nil)
        for origin in [
            "http://evil.example", "null", "https://127.0.0.1:8080", "http://localhost:8080", "http://127.0.0.1",
        ] {
            #expect(gate.refusal(of: try request([cookie, ("Origin", origin)])) == .foreignOrigin, "\(origin)")
            #expect(gate.refusal(of: try request([bearer, ("Origin", origin)])) == .foreignOrigin, "\(origin)")
        }
        #expect(gate.refusal(of: try request([cookie, own, ("Origin", "http://evil.example")])) == .foreignOrigin)
        #expect(gate.refusal(of: try request([cookie], .post, "/publish")) == .noOrigin)
        #expect(gate.refusal(of: try request([cookie, own], .post, "/publish")) == nil)
        #expect(gate.refusal(of: try request([bearer], .post, "/publish")) == nil)
    }

    @Test("a browser that says that another site asks is believed, except where a link leads to the page")
    func fetchSites() throws {
        let gate = try gate()
        func site(_ value: String) -> (name: String, value: String) { ("Sec-Fetch-Site", value) }
        let navigation = [("Sec-Fetch-Mode", "navigate"), ("Sec-Fetch-Dest", "document")]
            .map { (name: $0.0, value: $0.1) }
        #expect(gate.refusal(of: try request([cookie, site("same-origin")])) == nil)
        #expect(gate.refusal(of: try request([cookie, site("none")])) == nil)
        #expect(gate.refusal(of: try request([cookie, site("cross-site")])) == .foreignOrigin)
        #expect(gate.refusal(of: try request([cookie, site("same-site")])) == .foreignOrigin)
        let link = "/?token=\(token.text)"
        #expect(gate.refusal(of: try request([site("cross-site")] + navigation, .get, link)) == nil)
        #expect(gate.refusal(of: try request([site("cross-site")], .get, link)) == .foreignOrigin)
        #expect(gate.refusal(of: try request([cookie, site("cross-site")] + navigation)) == .foreignOrigin)
    }

    @Test("a token is 64 digits, differs each time, and stands in no description")
    func tokenText() throws {
        #expect(token.text.utf8.count == 64 && token.text.utf8.allSatisfy { "0123456789abcdef".utf8.contains($0) })
        #expect(WebToken().text != token.text)
        #expect(token.matches(Array(token.text.utf8)) && !token.matches(Array(token.text.utf8.dropLast())))
        let gate = try gate()
        for text in ["\(token)", token.debugDescription, "\(gate.token)"] { #expect(!text.contains(token.text)) }
    }

    @Test("nothing runs, frames or leaves but what the server itself serves")
    func headers() {
        let headers = Dictionary(uniqueKeysWithValues: SecurityHeaders.all.map { ($0.name, $0.value) })
        #expect(
            headers["Content-Security-Policy"]
                == "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; "
                + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; "
                + "trusted-types 'none'"
        )
        #expect(headers["X-Content-Type-Options"] == "nosniff" && headers["Referrer-Policy"] == "no-referrer")
        #expect(headers["X-Frame-Options"] == "DENY" && headers["Cache-Control"] == "no-store")
    }
}

@Suite("An address to listen at", .tags(.unit))
struct ListenAddressTests {
    @Test(
        "is an address with a port, or a port alone",
        arguments: [
            ("127.0.0.1:0", "127.0.0.1", 0), ("[::1]:8080", "::1", 8080), ("localhost:80", "localhost", 80),
            ("8080", "127.0.0.1", 8080), ("0.0.0.0:65535", "0.0.0.0", 65535), ("[::]:1", "::", 1),
        ]
    )
    func good(_ text: String, _ host: String, _ port: Int) {
        #expect(ListenAddress(text) == ListenAddress(host: host, port: port))
    }

    @Test(
        "is nothing else",
        arguments: [
            "", ":8080", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:+1",
            "watch.example:80",
            "::1:8080", "[::1]", "[::1]:", "[evil]:80", "256.0.0.1:80", "http://127.0.0.1:80", "127.0.0.1:80 ",
        ]
    )
    func bad(_ text: String) { #expect(ListenAddress(text) == nil) }

    @Test("knows whether others can reach it, and stands in a URL")
    func questions() throws {
        for text in ["127.0.0.1:1", "127.9.9.9:1", "localhost:1", "[::1]:1"] {
            #expect(try #require(ListenAddress(text)).isLoopback)
        }
        for text in ["0.0.0.0:1", "[::]:1", "10.0.0.1:1"] { #expect(try !#require(ListenAddress(text)).isLoopback) }
        #expect(try #require(ListenAddress("[::1]:1")).hostInURL == "[::1]")
    }
}
