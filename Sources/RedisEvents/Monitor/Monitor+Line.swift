extension Monitor {
    /// A line of MONITOR as the server wrote it, without the `+` before and the line end behind it.
    public struct Line: Sendable, Hashable {
        /// What `redis-cli monitor` prints.
        public let bytes: RedisBytes
        private let nodeNumber: NodeNumber

        init(_ bytes: RedisBytes, _ node: NodeNumber) {
            self.bytes = bytes
            nodeNumber = node
        }

        /// Creates a line that came from the server there.
        public init(_ bytes: RedisBytes, node: RedisEndpoint? = nil) {
            self.init(bytes, node.map { NodeNumber($0) } ?? .none)
        }

        /// The server that wrote it.
        public var node: RedisEndpoint? { nodeNumber.endpoint }
    }
}

extension Monitor.Line: CustomStringConvertible {
    /// The line as it may be shown: cut at 1 KiB, and what is no visible text escaped.
    public var description: String { bytes.shown(upTo: ShownText.lineLimit) }
}
