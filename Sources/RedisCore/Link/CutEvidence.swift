/// What the next link, and what was seen before the end of the last one, tell of whether the server cut it because its
/// output buffer was over the limit. A server never says so.
package struct CutEvidence: Sendable {
    /// How many clients the server has cut for that since the link was known to stand; servers before 7.4 do not tell.
    package var cuts: Int?
    /// The limit of the link's class; `nil` when it is not known.
    package var limit: OutputBufferLimit?
    /// How much waited in the output buffer when the server was last asked.
    package var queueSeen: Int?
    /// More than that was not put into the output buffer since the link was known to stand.
    package var mostOutput: Int?

    package init(
        cuts: Int? = nil,
        limit: OutputBufferLimit? = nil,
        queueSeen: Int? = nil,
        mostOutput: Int? = nil
    ) {
        self.cuts = cuts
        self.limit = limit
        self.queueSeen = queueSeen
        self.mostOutput = mostOutput
    }

    /// What the server has counted between `before` and `after`, which are of one run.
    ///
    /// - Parameters:
    ///   - before: The counts when the link began.
    ///   - after: The counts when the next link began.
    ///   - copies: As how many bytes of output, at most, a byte that a client sends may come back over the link; `nil`
    ///     when what comes is not sent by clients of this server alone.
    package mutating func count(from before: ServerStats?, to after: ServerStats?, copies: Int?) {
        if let before = before?.outputBufferCuts, let after = after?.outputBufferCuts, after >= before {
            cuts = after - before
        }
        if let before = before?.inputBytes, let after = after?.inputBytes, after >= before, let copies {
            let (most, isOver) = (after - before).multipliedReportingOverflow(by: copies)
            mostOutput = isOver ? nil : most
        }
    }
}

extension RedisDisconnect {
    /// Whether the server closed the link, and why is not certain.
    package var isUnexplainedClose: Bool {
        switch reason {
        case .endOfStream, .clientKilled, .outputBufferLimit: true
        default: false
        }
    }

    /// Tells CLIENT KILL from a cut for the output buffer, as far as that is possible; else both are named.
    package func explained(by cut: CutEvidence) -> RedisDisconnect {
        let killed = "CLIENT KILL; the server itself ran on"
        let over = "its output buffer for us was over its limit"
        switch reason {
        case .outputBufferLimit, .clientKilled: break
        case .systemError where cut.cuts ?? 0 > 0: break
        default: return self
        }
        if let cuts = cut.cuts {
            // The count is that of all clients.
            return cuts > 0
                ? explained(.outputBufferLimit, .likely, over)
                : explained(.clientKilled, .likely, "\(killed), and cut no client for its output buffer")
        }
        guard let least = cut.limit.map({ $0.least ?? .max }) else { return unlessKilled }
        if least == .max {
            return explained(.clientKilled, .likely, "\(killed), and sets no limit to our output buffer")
        }
        if let queueSeen = cut.queueSeen, queueSeen > least / 2 {
            return explained(.outputBufferLimit, .likely, "\(over): \(queueSeen) bytes waited in it before")
        }
        if reason == .clientKilled, let most = cut.mostOutput, most < least {
            return explained(.clientKilled, .likely, killed)
        }
        return unlessKilled
    }

    /// Names both where nothing tells.
    private var unlessKilled: RedisDisconnect {
        switch (reason, confidence) {
        case (.clientKilled, _):
            explained(.clientKilled, .possible, "CLIENT KILL, or its output buffer for us was over its limit")
        case (.outputBufferLimit, .possible):
            explained(.outputBufferLimit, .possible, "its output buffer for us was over its limit, or CLIENT KILL")
        default: self
        }
    }
}

/// How much output a server keeps for clients of one class before it cuts them (`client-output-buffer-limit`).
package struct OutputBufferLimit: Sendable, Hashable {
    /// The server's classes of clients. Monitors are normal ones.
    package enum Class: String, Sendable {
        case normal, pubsub
    }

    /// In bytes; 0 for no limit.
    package var hard: Int
    /// The same for what lasts for some seconds.
    package var soft: Int

    package init(hard: Int, soft: Int) {
        self.hard = hard
        self.soft = soft
    }

    /// Reads what CONFIG GET tells: `normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60`.
    package init?(_ setting: String, of kind: Class) {
        let words = setting.utf8.split(separator: UInt8(ascii: " "))
        guard let index = words.firstIndex(where: { $0.elementsEqual(kind.rawValue.utf8) }), index + 2 < words.count,
            let hard = words[index + 1].decimal(Int.self)?.asCount,
            let soft = words[index + 2].decimal(Int.self)?.asCount
        else { return nil }
        self.init(hard: hard, soft: soft)
    }

    /// The least that may cost the link; `nil` when nothing does.
    package var least: Int? { [hard, soft].filter { $0 > 0 }.min() }
}
