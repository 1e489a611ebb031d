import Foundation
import RedisTesting
import Testing

/// A client of `rwatch web` that sends what a test writes, and nothing else.
final class WebClient {
    /// An answer that came whole, or as much of a stream as came.
    struct Answer {
        var status: Int
        var headers: [String: String]
        var body: String
    }

    /// The run, which ends with this object.
    let run: RwatchProcess
    let port: Int
    let token: String

    /// The server whose URL a run has printed.
    init(_ rwatch: RwatchProcess) throws {
        run = rwatch
        let url = try #require(URL(string: rwatch.lines.first ?? ""))
        port = try #require(url.port)
        token = try #require(url.query?.split(separator: "=").last.map(String.init))
    }

    /// Connects.
    func connect() throws -> StreamSocket { try StreamSocket.connect(to: .loopback(port: port), Self.deadline) }

    static var deadline: Deadline { Deadline(after: .seconds(20)) }

    /// The text of a request, with the token unless headers say otherwise.
    func request(_ line: String, _ headers: [String] = [], host: String? = nil, body: String = "") -> [UInt8] {
        var lines = ["\(line) HTTP/1.1", "Host: \(host ?? "127.0.0.1:\(port)")"] + headers
        if headers.isEmpty { lines.append("Authorization: Bearer \(token)") }
        if !body.isEmpty { lines.append("Content-Length: \(body.utf8.count)") }
        return Array((lines.joined(separator: "\r\n") + "\r\n\r\n" + body).utf8)
    }

    /// Sends a request and reads the answer to its end.
    func send(_ line: String, _ headers: [String] = [], host: String? = nil, body: String = "") throws -> Answer {
        try send(request(line, headers, host: host, body: body))
    }

    func send(_ bytes: [UInt8]) throws -> Answer {
        let socket = try connect()
        defer { socket.close() }
        try socket.send(bytes, Self.deadline)
        var text: [UInt8] = []
        while true {
            let part = try socket.receive(Self.deadline, waitingFor: "an answer")
            if part.isEmpty { break }
            text += part
        }
        return try #require(Self.answer(text))
    }

    private static func answer(_ bytes: [UInt8]) -> Answer? {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.firstRange(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = lines.first?.split(separator: " ").dropFirst().first.flatMap({ Int($0) }) else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            guard let colon = line.firstRange(of: ": ") else { continue }
            headers[line[..<colon.lowerBound].lowercased()] = String(line[colon.upperBound...])
        }
        return Answer(status: status, headers: headers, body: String(text[end.upperBound...]))
    }

    /// A stream that a thread reads as it comes.
    final class Stream: Sendable {
        private let socket: StreamSocket
        private let bytes = Locked<[UInt8]>([])

        fileprivate init(_ socket: StreamSocket) throws {
            self.socket = socket
            _ = try PlainThread.start(name: "web-stream") { [socket, bytes] in
                while let part = try? socket.receive(Deadline(after: .seconds(120)), waitingFor: "events"),
                    !part.isEmpty
                {
                    bytes.withLock { $0 += part }
                }
            }
        }

        /// What has come so far: the headers and chunks as they were sent.
        var text: String { String(decoding: bytes.withLock { $0 }, as: UTF8.self) }

        func close() { socket.close() }
    }

    /// Opens a stream and goes on reading it.
    func stream(_ target: String, _ headers: [String] = []) throws -> Stream {
        try stream(request("GET \(target)", headers))
    }

    /// Sends bytes, and goes on reading what comes.
    func stream(_ bytes: [UInt8]) throws -> Stream {
        let socket = try connect()
        try socket.send(bytes, Self.deadline)
        return try Stream(socket)
    }
}
