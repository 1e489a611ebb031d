/// A request that was read whole.
package struct WebRequest: Sendable {
    package enum Method: Sendable, Equatable {
        case get
        case head
        case post
        case other
    }

    package var method: Method
    /// The path without the query, as it came: no path of ours has an escape.
    package var path: String
    package var query: FormFields
    /// The headers, with names in lower case.
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    /// A request for a target such as `/events?cmd=get`; `nil` when the target has another form.
    package init?(
        _ method: Method,
        _ target: String,
        headers: [(name: String, value: String)] = [],
        body: [UInt8] = []
    ) {
        guard target.utf8.first == UInt8(ascii: "/") else { return nil }
        let parts = target.split(separator: "?", maxSplits: 1, omittingEmptySubsequences: false)
        guard let query = FormFields(parts.count > 1 ? Array(parts[1].utf8) : []) else { return nil }
        self.method = method
        path = String(parts[0])
        self.query = query
        self.headers = headers.map { ($0.name.lowercased(), $0.value) }
        self.body = body
    }

    /// The values of all headers of that name, which is in lower case.
    package func headers(named name: String) -> [String] { headers.filter { $0.name == name }.map(\.value) }
}

/// What a request is answered with.
package struct WebResponse: Sendable {
    package var status: Int
    package var type: String
    package var headers: [(name: String, value: String)]
    package var body: [UInt8]

    package init(
        _ status: Int = 200,
        _ type: String = "text/plain; charset=utf-8",
        headers: [(name: String, value: String)] = [],
        body: [UInt8]
    ) {
        self.status = status
        self.type = type
        self.headers = headers
        self.body = body
    }

    /// A line for people.
    package static func text(_ status: Int, _ text: String) -> WebResponse {
        WebResponse(status, body: Array("\(text)\n".utf8))
    }

    package static func json(_ body: [UInt8], status: Int = 200) -> WebResponse {
        WebResponse(status, "application/json", body: body)
    }
}

/// A response, or a stream that goes on until somebody ends it.
package enum WebAnswer: Sendable {
    case response(WebResponse)
    case stream(Viewer, type: String)
}
