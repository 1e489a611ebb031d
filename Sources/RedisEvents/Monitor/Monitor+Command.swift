extension Monitor {
    /// A command that the server executed, with its exact bytes.
    ///
    /// The server hides some arguments itself: those of AUTH and the password of HELLO come as `(redacted)` (Redis
    /// 6.2). Commands inside a script or a function come from `.lua`, right behind the command that called it.
    public struct Command: Sendable, Hashable {
        /// Who sent a command.
        public enum Source: Sendable, Hashable, CustomStringConvertible {
            /// A TCP client. An IPv6 address stands without brackets.
            case tcp(address: String, port: Int)
            /// A client of the unix socket with that path; MONITOR does not tell which.
            case unix(path: String)
            /// A script or a function.
            case lua
            /// A form that is not known, as it came.
            case other(String)

            /// As MONITOR writes it, but cut at 255 bytes, and what is no visible text escaped.
            public var description: String {
                let text =
                    switch self {
                    case .tcp(let address, let port):
                        address.utf8.contains(UInt8(ascii: ":")) ? "[\(address)]:\(port)" : "\(address):\(port)"
                    case .unix(let path): "unix:\(path)"
                    case .lua: "lua"
                    case .other(let text): text
                    }
                return text.shown(upTo: ShownText.hostLimit)
            }
        }

        /// The command's name, in the sender's own case, and its arguments.
        public let arguments: Monitor.Arguments
        // Commands are copied often, and each byte of them with it. Whatever the line itself tells is read there.
        private let nodeNumber: NodeNumber

        /// The whole line, as `redis-cli monitor` prints it.
        public var line: RedisBytes { arguments.line }

        /// When the server wrote the line: after execution (Redis 6.2), by its own wall clock.
        public var time: RedisTimestamp {
            MonitorLine.time(of: line.rawSpan) ?? RedisTimestamp(microseconds: 0)
        }

        /// The database after the command (Redis 6.2); `nil` where a fork writes a name.
        public var database: Int? { MonitorLine(line.rawSpan)?.database }

        /// Who sent it.
        public var source: Source { Source(sourceText.description) }

        /// The same as MONITOR writes it.
        private var sourceText: RedisBytes { line.slice(MonitorLine(line.rawSpan)?.source ?? 0..<0) }

        /// The server that executed it.
        public var node: RedisEndpoint? { nodeNumber.endpoint }

        /// The command's name as text, with the letters of ASCII in upper case.
        public var name: String {
            RedisBytes(arguments[0].map { UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 ? $0 - 0x20 : $0 }).description
        }

        /// Reads a line of MONITOR, without the `+` before and the line end behind it; `nil` when it has another form.
        ///
        /// - Parameters:
        ///   - line: The line.
        ///   - node: The server that it came from.
        public init?(line: RedisBytes, node: RedisEndpoint? = nil) {
            self.init(line, node.map { NodeNumber($0) } ?? .none)
        }

        init?(_ line: RedisBytes, _ node: NodeNumber) {
            guard let layout = MonitorLine.Layout(line.rawSpan) else { return nil }
            self.init(line.storage, at: line.start, layout, node)
        }

        /// The command whose line begins at `start` in a block of memory, which it keeps.
        @inline(__always)
        init(_ storage: [UInt8], at start: Int, _ layout: MonitorLine.Layout, _ node: NodeNumber) {
            arguments = Monitor.Arguments(storage, at: start, layout)
            nodeNumber = node
        }

        /// Whether both are the same command of the same client at the same time, from the same server.
        public static func == (lhs: Command, rhs: Command) -> Bool {
            lhs.time == rhs.time && lhs.database == rhs.database && lhs.nodeNumber == rhs.nodeNumber
                && lhs.sourceText == rhs.sourceText && lhs.arguments == rhs.arguments
        }

        /// Feeds what is compared to a hasher.
        public func hash(into hasher: inout Hasher) {
            hasher.combine(time)
            hasher.combine(sourceText)
            hasher.combine(arguments)
        }
    }
}

extension Monitor.Command.Source {
    init(_ text: String) {
        let bytes = text.utf8
        if bytes.elementsEqual("lua".utf8) {
            self = .lua
        } else if bytes.begins(with: "unix:") {
            self = .unix(path: String(Substring(bytes.dropFirst(5))))
        } else if let colon = bytes.lastIndex(of: UInt8(ascii: ":")),
            let port = bytes[bytes.index(after: colon)...].decimal(UInt16.self)
        {
            var address = bytes[..<colon]
            // Brackets belong to an IPv6 address; around anything else they are part of a name.
            if address.first == UInt8(ascii: "["), address.last == UInt8(ascii: "]"),
                address.contains(UInt8(ascii: ":"))
            {
                address = address.dropFirst().dropLast()
            }
            self = .tcp(address: String(Substring(address)), port: Int(port))
        } else {
            self = .other(text)
        }
    }
}
