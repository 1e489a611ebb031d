/// Decides whether a request may be answered, before anything else looks at it: a pure value.
///
/// The server listens where every program and every web page of the machine can reach it. So a request has to name the
/// server itself (a page of another site whose name was bound to this address names that site), it must not come from
/// another origin, and it has to show the token.
package struct RequestGuard: Sendable {
    /// Why a request is refused.
    package enum Refusal: Sendable, Equatable {
        /// It names another server, or none, or several.
        case wrongHost
        /// A page of another origin sent it.
        case foreignOrigin
        /// It has no token, or a wrong one.
        case noToken
        /// It changes something, and nothing shows that a page of ours sent it.
        case noOrigin

        /// The status, and what a person reads.
        package var answer: (status: Int, text: String) {
            switch self {
            case .wrongHost: (421, "This server has another name. Use the URL that rwatch printed.")
            case .foreignOrigin: (403, "Pages of other origins are refused.")
            case .noToken: (401, "The token is missing or wrong. Use the URL that rwatch printed.")
            case .noOrigin: (403, "The request has no Origin.")
            }
        }
    }

    package let token: WebToken
    private let address: ListenAddress
    private let names: Set<String>

    /// - Parameters:
    ///   - token: What has to be shown.
    ///   - address: Where the server listens, with the port that it really has.
    ///   - names: Other names by which it may be called, without a port.
    package init(token: WebToken, address: ListenAddress, names: [String] = []) {
        self.token = token
        self.address = address
        var all = Set(names.map { $0.lowercased() })
        if address.isLoopback { all.formUnion(["127.0.0.1", "localhost", "[::1]"]) }
        if !address.isWildcard { all.insert(address.hostInURL.lowercased()) }
        self.names = all
    }

    /// The name of the cookie that keeps the token. Cookies belong to a host and not to a port, so the port is in it.
    package var cookieName: String { "rwatch-\(address.port)" }

    /// Why a request is refused; `nil` when it may be answered.
    package func refusal(of request: WebRequest) -> Refusal? {
        let hosts = request.headers(named: "host")
        guard hosts.count == 1, isOwn(hosts[0]) else { return .wrongHost }
        let origins = request.headers(named: "origin")
        guard origins.allSatisfy({ $0.lowercased() == "http://\(hosts[0].lowercased())" }) else {
            return .foreignOrigin
        }
        guard comesFromHere(request) else { return .foreignOrigin }
        guard isAuthorized(request) else { return .noToken }
        if request.method == .post, origins.isEmpty, request.headers(named: "authorization").isEmpty {
            return .noOrigin
        }
        return nil
    }

    /// Whether a Host names this server. Where it listens at all addresses, each address names it: what makes a browser
    /// send a page's request here although the page is somebody else's is a name, and names are refused.
    private func isOwn(_ host: String) -> Bool {
        var name = host.lowercased()
        var port = 80
        if let colon = name.lastIndex(of: ":"), !name.hasSuffix("]") {
            guard let number = Int(name[name.index(after: colon)...]) else { return false }
            port = number
            name = String(name[..<colon])
        }
        guard port == address.port else { return false }
        if names.contains(name) { return true }
        guard address.isWildcard else { return false }
        if name.hasPrefix("["), name.hasSuffix("]") {
            return name.dropFirst().dropLast().utf8.allSatisfy(ListenAddress.isAddressByte)
        }
        return ListenAddress.isIPv4(name)
    }

    /// Whether a browser says that a page of ours, or the user, has sent the request. A link elsewhere may lead here:
    /// the page of another site cannot read what comes.
    private func comesFromHere(_ request: WebRequest) -> Bool {
        let sites = request.headers(named: "sec-fetch-site")
        if sites.allSatisfy({ $0 == "same-origin" || $0 == "none" }) { return true }
        return request.method == .get && request.path == "/"
            && request.headers(named: "sec-fetch-mode") == ["navigate"]
            && request.headers(named: "sec-fetch-dest") == ["document"]
    }

    /// Whether the token is shown: by the header, by the query of a request that changes nothing, or by the cookie.
    private func isAuthorized(_ request: WebRequest) -> Bool {
        let headers = request.headers(named: "authorization")
        if !headers.isEmpty {
            guard headers.count == 1 else { return false }
            let words = headers[0].split(separator: " ", omittingEmptySubsequences: true)
            return words.count == 2 && words[0].lowercased() == "bearer" && token.matches(words[1].utf8)
        }
        let values = request.query["token"]
        if !values.isEmpty { return request.method == .get && values.count == 1 && token.matches(values[0]) }
        // A browser may send several cookies of that name: those of other paths.
        return request.headers(named: "cookie").contains { header in
            header.split(separator: ";").contains { part in
                let part = part.drop { $0 == " " }
                guard let equals = part.firstIndex(of: "="), part[..<equals] == cookieName else { return false }
                return token.matches(part[part.index(after: equals)...].utf8)
            }
        }
    }
}
