package import RedisCore
import RedisReactor

/// How a line shows its server: not at all, as `node=host:port ` at the beginning, or as `,"node":"host:port"` in JSON.
package struct NodeLabels {
    private enum Form {
        case none
        case text
        case json
    }

    private let form: Form
    /// Whether there may be several servers.
    package let isPlural: Bool
    // Most lines come from the same server as the line before.
    private var last = NodeNumber.none
    private var lastBytes: [UInt8] = []

    /// Shows the server of each line if that is requested, and in JSON also if there may be several.
    package init(tellsNodes: Bool, isPlural: Bool, isJSON: Bool) {
        self.isPlural = isPlural
        form = isJSON ? (tellsNodes || isPlural ? .json : .none) : (tellsNodes ? .text : .none)
    }

    package init(_ target: Target, isJSON: Bool) {
        self.init(tellsNodes: target.tellsNodes, isPlural: target.isPlural, isJSON: isJSON)
    }

    /// Shows no server.
    package static let none = NodeLabels(tellsNodes: false, isPlural: false, isJSON: false)

    /// The label for lines from that server; empty when there is none.
    package mutating func label(_ node: NodeNumber) -> [UInt8] {
        if form == .none { return [] }
        if node != last || lastBytes.isEmpty {
            last = node
            lastBytes = node.endpoint.map { bytes($0) } ?? []
        }
        return lastBytes
    }

    /// The label for lines from that server, without a cache; for rare events.
    package func label(_ node: RedisEndpoint?) -> [UInt8] {
        guard form != .none, let node else { return [] }
        return bytes(node)
    }

    private func bytes(_ node: RedisEndpoint) -> [UInt8] {
        guard form == .json else { return Array("node=\(node) ".utf8) }
        var buffer = OutputBuffer(capacity: 64)
        buffer.append(UInt8(ascii: ","))
        buffer.append(jsonField: "node", Array("\(node)".utf8).rawSpan)
        return buffer.take()
    }
}
