extension RedisRequest {
    /// A reply in its type.
    package func value(of reply: RESPValue) throws(RedisError) -> Reply { try read(reply) }
}

extension RedisCommand {
    /// What was read from the reply; throws `.unexpectedReply` for `nil`.
    ///
    /// The closure of a request calls it and keeps the command alone. The closure therefore needs no memory of its own,
    /// which one that also kept the function that reads would need.
    func expecting<Reply>(_ read: Reply?) throws(RedisError) -> Reply {
        guard let read else { throw .unexpectedReply(self) }
        return read
    }
}

/// How replies are read that are no type of their own. Each function returns `nil` for a reply that it does not know.
enum Replies {
    /// `OK`.
    static func ok(_ reply: RESPValue) -> Void? { isOK(reply) == true ? () : nil }

    /// Whether the reply is `OK`; a null says that the command did nothing.
    static func isOK(_ reply: RESPValue) -> Bool? {
        switch reply {
        case .null: false
        case .simpleString(let text) where text == "OK": true
        default: nil
        }
    }

    /// How many there are: never negative.
    static func count(_ reply: RESPValue) -> Int? { reply.count }

    /// A list, of which a null says that there is none.
    static func list<Element: RedisReply>(_ reply: RESPValue) -> [Element]? {
        if case .null = reply { [] } else { [Element](reply: reply) }
    }

    /// The length of a list; -1 says that nothing was inserted.
    static func insertedLength(_ reply: RESPValue) -> Int?? {
        guard let length = reply.integer, length >= -1 else { return nil }
        return .some(length < 0 ? nil : length)
    }

    /// Seconds and microseconds since 1970.
    static func time(_ reply: RESPValue) -> RedisTimestamp? {
        guard let parts = reply.elements, parts.count == 2, let seconds = parts[0].count,
            let microseconds = parts[1].count
        else { return nil }
        return RedisTimestamp(seconds: seconds, microseconds: microseconds)
    }

    /// Seconds since 1970.
    static func seconds(_ reply: RESPValue) -> RedisTimestamp? {
        reply.count.flatMap { RedisTimestamp(seconds: $0) }
    }

    /// Seconds, or a null.
    static func idleTime(_ reply: RESPValue) -> Duration?? {
        if case .null = reply { return .some(nil) }
        return reply.count.map { .some(.seconds($0)) }
    }

    /// A name; a null or an empty one says that there is none.
    static func name(_ reply: RESPValue) -> RedisBytes?? {
        if case .null = reply { return .some(nil) }
        return reply.bytes.map { $0.isEmpty ? nil : $0 }
    }
}

extension RedisTimestamp {
    /// A moment so many seconds and microseconds after 1970; `nil` when it is too far.
    init?(seconds: Int, microseconds: Int = 0) {
        let (product, isOver) = Int64(seconds).multipliedReportingOverflow(by: 1_000_000)
        let (sum, isFar) = product.addingReportingOverflow(Int64(microseconds))
        guard !isOver, !isFar else { return nil }
        self.init(microseconds: sum)
    }

    /// A moment so many milliseconds after 1970; `nil` when it is too far.
    init?(milliseconds: Int) {
        let (product, isOver) = Int64(milliseconds).multipliedReportingOverflow(by: 1000)
        guard !isOver else { return nil }
        self.init(microseconds: product)
    }
}
