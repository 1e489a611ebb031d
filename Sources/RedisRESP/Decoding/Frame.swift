/// A borrowed view of one parsed frame. It lives as long as the read buffer is not touched; the compiler forbids more.
package struct Frame: ~Escapable {
    package let bytes: RawSpan
    package let nodes: Span<Node>

    @_lifetime(copy bytes, copy nodes)
    package init(bytes: RawSpan, nodes: Span<Node>) {
        self.bytes = bytes
        self.nodes = nodes
    }

    /// How many values the frame contains, headers and attributes included.
    package var nodeCount: Int { nodes.count }

    /// The index of the frame's own value: the first node that is not an attribute.
    package var root: Int { nodes[0].kind == .attribute ? skippingAttributes(from: 0) : 0 }

    /// The kind of the frame.
    package var kind: FrameKind { nodes[root].kind }

    /// The node at `index`, in document order.
    package func node(at index: Int) -> Node { nodes[index] }

    /// The content of a value; empty for one whose node holds a number in place of a length.
    @_lifetime(copy self)
    package func bytes(of node: Node) -> RawSpan {
        switch node.kind {
        case .simpleString, .simpleError, .bulkString, .bulkError, .verbatimString, .double, .bigNumber:
            return bytes.extracting(node.start..<(node.start + node.length))
        case .integer, .boolean, .null, .array, .set, .map, .push, .attribute:
            return bytes.extracting(first: 0)
        }
    }

    /// The content of the value at `index`.
    @_lifetime(copy self)
    package func bytes(at index: Int) -> RawSpan {
        bytes(of: nodes[index])
    }

    /// The index after the value that begins at `index`, with all of its children.
    package func end(ofValueAt index: Int) -> Int {
        var next = index
        var expected = 1
        while expected > 0 {
            let node = nodes[next]
            next += 1
            if node.kind != .attribute { expected -= 1 }
            if node.kind.isAggregate { expected += node.length }
        }
        return next
    }

    /// The first node at or after `index` that is a value and not an attribute.
    package func skippingAttributes(from index: Int) -> Int {
        var next = index
        while nodes[next].kind == .attribute {
            let children = nodes[next].length
            next += 1
            for _ in 0..<children { next = end(ofValueAt: next) }
        }
        return next
    }
}

/// The kind of a RESP value, in either protocol version.
///
/// The three ways to say "nothing" (`$-1`, `*-1` and RESP3's `_`) are one kind: `null`.
package enum FrameKind: UInt8, Sendable, BitwiseCopyable {
    case simpleString
    case simpleError
    case integer
    case bulkString
    case bulkError
    case verbatimString
    case null
    case boolean
    case double
    case bigNumber
    case array
    case set
    case map
    case push
    /// Out-of-band information before a value. It is not a value itself and does not count as an element.
    case attribute

    /// Whether child values follow the header.
    package var isAggregate: Bool {
        switch self {
        case .array, .set, .map, .push, .attribute: true
        case .simpleString, .simpleError, .integer, .bulkString, .bulkError, .verbatimString, .null, .boolean, .double,
            .bigNumber:
            false
        }
    }
}

/// One value of a parsed frame, in document order: a header before its children.
///
/// A node owns no bytes. Its offsets count from the first byte of the frame, so that they stay true when the read
/// buffer moves the frame.
package struct Node: Sendable, BitwiseCopyable {
    package var kind: FrameKind
    /// Where the content begins; for a bulk string the byte after the header's line feed.
    package var start: Int
    /// The content's length in bytes. For an aggregate the number of child values (a map of two pairs has four), for an
    /// integer its value, for a boolean 0 or 1.
    package var length: Int

    /// Whether the value contains bytes that can be a name or a payload.
    package var isText: Bool {
        @inline(__always)
        get { kind == .bulkString || kind == .simpleString }
    }

    /// The position of the content, for a value that has content.
    package var range: Range<Int> {
        @inline(__always)
        get { start..<(start + length) }
    }

    package init(kind: FrameKind, start: Int, length: Int) {
        self.kind = kind
        self.start = start
        self.length = length
    }
}
