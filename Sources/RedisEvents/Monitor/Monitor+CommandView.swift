extension Monitor {
    /// A command that the server executed, in its line, which still lies in the read buffer. It lives for the call that
    /// it is given to; the compiler forbids more. `Monitor.Command(view)` keeps it.
    public struct CommandView: ~Escapable {
        /// When the server wrote the line: after execution (Redis 6.2), by its own wall clock.
        public let time: RedisTimestamp
        /// The database after the command (Redis 6.2); `nil` where a fork writes a name.
        public let database: Int?
        /// The whole line, as `redis-cli monitor` prints it.
        public let line: RawSpan
        private let sourceRange: Range<Int>
        private let argumentsStart: Int
        let nodeNumber: NodeNumber

        /// `nil` when the line has another form.
        @_lifetime(copy line)
        package init?(_ line: RawSpan, _ node: NodeNumber) {
            guard let parts = MonitorLine(line) else { return nil }
            self.line = line
            time = parts.time
            database = parts.database
            sourceRange = parts.source
            argumentsStart = parts.argumentsStart
            nodeNumber = node
        }

        /// The server that executed it.
        public var node: RedisEndpoint? { nodeNumber.endpoint }

        /// Who sent it, as MONITOR writes it: `127.0.0.1:6379`, `unix:/path`, `lua`.
        public var source: RawSpan {
            @_lifetime(copy self)
            get { line.part(sourceRange) }
        }

        /// The command's name and its arguments, one after the other.
        public var arguments: Arguments {
            @_lifetime(copy self)
            get { Arguments(line, argumentsStart) }
        }

        /// Reads the arguments off a line, the command's name first.
        public struct Arguments: ~Escapable {
            private let line: RawSpan
            private var index: Int

            @_lifetime(copy line)
            init(_ line: RawSpan, _ index: Int) {
                self.line = line
                self.index = index
            }

            /// The next argument; `nil` behind the last, or where the line does not go on as it should.
            @_lifetime(copy self)
            public mutating func next() -> Argument? {
                guard let argument = MonitorLine.nextArgument(line, at: &index) else { return nil }
                return Argument(line.part(argument.range), isEscaped: argument.isEscaped)
            }
        }

        /// One argument as it stands between the quotes.
        public struct Argument: ~Escapable {
            /// The bytes between the quotes.
            public let text: RawSpan
            /// Whether some of them stand for others, as `\n` does.
            public let isEscaped: Bool

            @_lifetime(copy text)
            init(_ text: RawSpan, isEscaped: Bool) {
                self.text = text
                self.isEscaped = isEscaped
            }

            /// The sender's bytes, copied.
            public var bytes: RedisBytes {
                if !isEscaped { return RedisBytes(copying: text) }
                var bytes: [UInt8] = []
                bytes.reserveCapacity(text.byteCount)
                return MonitorLine.appendUnescaped(text, to: &bytes) ? RedisBytes(bytes) : RedisBytes(copying: text)
            }
        }
    }
}

extension Monitor.Command {
    /// A copy of a borrowed command; `nil` when its arguments do not go on as they should.
    public init?(_ view: borrowing Monitor.CommandView) { self.init(RedisBytes(copying: view.line), view.nodeNumber) }
}
