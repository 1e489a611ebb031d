/// Evidence, from the next link and from the time before the loss, for whether the server cut the last link because its
/// output buffer was over the limit. Servers never report that.
package struct CutEvidence: Sendable {
    /// How many clients the server has cut for that reason since the link was known to be up; `nil` for servers before
    /// 7.4, which do not count them.
    package var cuts: Int?
    /// The limit of the link's class; `nil` when it is not known.
    package var limit: OutputBufferLimit?
    /// The size of the output buffer when the server was last asked.
    package var queueSeen: Int?
    /// The most bytes that were put into the output buffer since the link was known to be up.
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

    /// Compares the server's counters `before` and `after`, which belong to one run.
    ///
    /// - Parameters:
    ///   - before: The counts when the link began.
    ///   - after: The counts when the next link began.
    ///   - copies: How many bytes of output over this link one byte that a client sends may cause, at most; `nil` when
    ///     the output is not caused by clients of this server alone.
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
    /// Whether the server closed the link for an unknown reason.
    package var isUnexplainedClose: Bool {
        switch reason {
        case .endOfStream, .clientKilled, .outputBufferLimit: true
        default: false
        }
    }

    /// Distinguishes CLIENT KILL from a cut for the output buffer, if possible; otherwise the text names both.
    package func explained(by cut: CutEvidence) -> RedisDisconnect {
        let killed = "CLIENT KILL; the server itself ran on"
        let over = "its output buffer for us was over its limit"
        switch reason {
        case .outputBufferLimit, .clientKilled: break
        case .systemError where cut.cuts ?? 0 > 0: break
        default: return self
        }
        if let cuts = cut.cuts {
            // The count includes all clients.
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

    /// The text that names both, because there is no evidence.
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
    /// The limit for an output buffer that stays above it for some seconds.
    package var soft: Int

    package init(hard: Int, soft: Int) {
        self.hard = hard
        self.soft = soft
    }

    /// Reads the reply of CONFIG GET: `normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60`.
    package init?(_ setting: String, of kind: Class) {
        let words = setting.utf8.split(separator: UInt8(ascii: " "))
        guard let index = words.firstIndex(where: { $0.elementsEqual(kind.rawValue.utf8) }), index + 2 < words.count,
            let hard = words[index + 1].decimal(Int.self)?.asCount,
            let soft = words[index + 2].decimal(Int.self)?.asCount
        else { return nil }
        self.init(hard: hard, soft: soft)
    }

    /// The lowest size at which the link may be cut; `nil` when there is no limit.
    package var least: Int? { [hard, soft].filter { $0 > 0 }.min() }
}
