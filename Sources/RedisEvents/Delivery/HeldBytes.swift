// The memory of events that are not messages, in bytes: names, texts and values, with the overhead of the allocator and
// the language. Memory that several events share counts for each of them. The figures are upper bounds, so that a limit
// on them is a limit on memory.

extension RedisBytes {
    /// The size of these bytes in an array of their own.
    package var heldBytes: Int { 64 + count }
}

extension RESPValue {
    /// A value's box, its place among its siblings, and the overhead of its bytes or children.
    fileprivate static let heldByEach = 112

    /// The memory that the value holds.
    package var heldBytes: Int {
        switch self {
        case .array(let children), .set(let children), .push(let children):
            children.reduce(Self.heldByEach) { $0 + $1.heldBytes }
        case .map(let pairs): pairs.reduce(Self.heldByEach) { $0 + $1.key.heldBytes + $1.value.heldBytes }
        case .verbatimString(_, let text): 2 * Self.heldByEach + text.count
        case .simpleString, .error, .integer, .bulkString, .null, .boolean, .double, .bigNumber:
            Self.heldByEach + (bytes?.count ?? 0)
        }
    }
}

extension Frame {
    /// The memory that a `RESPValue` of this frame would hold.
    package var heldBytesOfValue: Int {
        (0..<nodeCount).reduce(0) { sum, index in
            let parts = node(at: index).kind == .verbatimString ? 2 : 1
            return sum + parts * RESPValue.heldByEach + bytes(at: index).byteCount
        }
    }
}

extension RedisError {
    package var heldBytes: Int { 256 + message.utf8.count + (serverMessage?.utf8.count ?? 0) }
}

extension RedisDisconnect {
    package var heldBytes: Int { 256 + description.utf8.count }
}

extension RedisGap {
    package var heldBytes: Int { 128 + cause.heldBytes + names.reduce(0) { $0 + 32 + $1.name.heldBytes } }
}

extension RedisLinkEvent {
    package var heldBytes: Int {
        switch self {
        case .lost(let cause, at: _): cause.heldBytes
        case .retrying(let error, after: _), .authenticationFailed(let error): error.heldBytes
        case .restored: 128
        }
    }
}

extension PubSub.SubscriptionChange {
    package var heldBytes: Int { 64 + name.heldBytes }
}

extension PubSub.SubscriptionRefusal {
    package var heldBytes: Int { 64 + name.heldBytes + error.heldBytes }
}

extension PubSub.Message {
    package var heldBytes: Int { 192 + byteCount }
}
