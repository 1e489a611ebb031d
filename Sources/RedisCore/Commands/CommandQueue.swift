package import RedisRESP
package import RedisReactor

/// The commands of a link, in order: those that wait for a link, and those that are on the wire. A plain value; the
/// time is passed in, and recipients are called directly.
///
/// Each slot leaves exactly once, with its replies or with an error that says whether it was executed.
package struct CommandQueue {
    private var waiting = SlotQueue()
    private var sent = SlotQueue()
    /// The replies so far to the first slot on the wire.
    private var replies = CommandReplies()
    /// What has left and was not reported yet.
    private var left = CommandLoad()
    /// Why the link is down, or why the last attempt to open it failed.
    private var trouble: RedisError?

    /// The earliest deadline.
    package private(set) var deadline = LinkTime.never

    package init() {}

    /// Tasks whose replies have come, and that go on when the read has ended.
    private var answers: [Answer] = []

    private struct Answer {
        let continuation: TaskContinuation<Result<RESPValue, RedisError>>
        let reply: Result<RESPValue, RedisError>
    }

    // MARK: In

    /// Takes slots that were handed over.
    package mutating func take(_ slots: [CommandSlot], at now: LinkTime) {
        for var slot in slots {
            slot.startTimeout(at: now)
            deadline = min(deadline, slot.due)
            waiting.append(slot)
        }
    }

    /// Notes a deadline of a slot elsewhere.
    package mutating func note(_ due: LinkTime) {
        deadline = min(deadline, due)
    }

    /// Writes everything that waits. `willWrite` is called with each slot before.
    package mutating func write(
        to output: inout WriteBuffer,
        at now: LinkTime,
        _ willWrite: ((CommandSlot) -> Void)?
    ) {
        while !waiting.isEmpty { write(waiting.removeFirst(), to: &output, at: now, willWrite) }
    }

    /// Writes a slot behind those that are on the wire.
    mutating func write(
        _ slot: CommandSlot,
        to output: inout WriteBuffer,
        at now: LinkTime,
        _ willWrite: ((CommandSlot) -> Void)?
    ) {
        var slot = slot
        willWrite?(slot)
        slot.writtenAt = now
        if case .observed(let recipient) = slot.recipient { recipient.written(at: .now) }
        output.append { $0 += slot.storage[slot.range] }
        sent.append(slot)
    }

    // MARK: Out

    /// Whether a reply is expected.
    package var expectsReply: Bool { !sent.isEmpty }

    /// Whether somebody waits for the next reply.
    package var isAwaited: Bool { !sent.isEmpty && !sent.first.recipient.isNobody }

    /// Whether nobody waits for anything.
    package var isIdle: Bool { sent.isEmpty && waiting.isEmpty }

    /// Whether the slot with this number waits to be written.
    package func keeps(_ id: Int) -> Bool { waiting.all.contains { $0.id == id } }

    /// Passes a reply to the first slot on the wire. There must be one.
    package mutating func received(_ frame: borrowing Frame, from endpoint: RedisEndpoint) {
        if sent.first.discarded > 0 {
            sent.first.discarded -= 1
            left.commands += 1
            return
        }
        switch sent.first.recipient {
        case .nobody: break
        case .continuation(let continuation):
            let reply = outcome(of: frame, at: 0, from: endpoint)
            answered()
            return answers.append(Answer(continuation: continuation, reply: reply))
        case .call(let body):
            let reply = outcome(of: frame, at: 0, from: endpoint)
            answered()
            return body(reply)
        case .observed(let recipient):
            let reply = outcome(of: frame, at: 0, from: endpoint)
            answered()
            return recipient.replied(reply, from: endpoint)
        case .several(let keepsReplies, let body):
            add(frame, isKept: keepsReplies, from: endpoint)
            guard sent.first.unanswered == 1 else { break }
            let replies = exchange(&replies, with: CommandReplies())
            answered()
            return body(replies)
        }
        answered()
    }

    /// How many tasks go on when the read has ended.
    var answerCount: Int { answers.count }

    /// Lets the tasks go on whose replies have come. Together, so that what they send next leaves together.
    mutating func passAnswers() {
        for answer in answers { answer.continuation.resume(returning: answer.reply) }
        answers.removeAll(keepingCapacity: answers.capacity <= 4096)
    }

    /// Counts a reply of the first slot, and removes the slot after its last one.
    private mutating func answered() {
        left.commands += 1
        sent.first.unanswered -= 1
        guard sent.first.unanswered == 0 else { return }
        left.bytes += sent.first.byteCount
        _ = sent.removeFirst()
    }

    private mutating func add(_ frame: borrowing Frame, isKept: Bool, from endpoint: RedisEndpoint) {
        let index = replies.count
        replies.count += 1
        let isError = frame.kind == .simpleError || frame.kind == .bulkError
        if isError { replies.errorCount += 1 }
        guard isKept || isError && replies.errors.count < CommandReplies.mostErrors else { return }
        let reply = outcome(of: frame, at: index, from: endpoint)
        if isKept { return replies.replies.append(reply) }
        if case .failure(let error) = reply { replies.errors.append((index, error)) }
    }

    /// The reply to the command at `index` of the first slot.
    private func outcome(
        of frame: borrowing Frame,
        at index: Int,
        from endpoint: RedisEndpoint
    ) -> Result<RESPValue, RedisError> {
        let value = RESPValue(frame)
        guard case .error(let line) = value else { return .success(value) }
        let name = sent.first.name(at: index + sent.first.leading)
        return .failure(.server(line.description, to: name, at: endpoint))
    }

    /// What has left since this was called last.
    package mutating func takeLeft() -> CommandLoad { exchange(&left, with: CommandLoad()) }

    // MARK: Endings

    /// Ends the wait for the slots with these numbers. Those that are not written yet are removed and surely not
    /// executed. Those on the wire keep their places, because their replies still come.
    package mutating func cancel(_ ids: Set<Int>) { give(up: { ids.contains($0.id) }) { _, _ in .taskCancelled } }

    /// Ends the wait for the slots whose deadline has passed, and finds the next deadline.
    package mutating func expire(at now: LinkTime) {
        var front: String?
        var load = CommandLoad()
        for slot in sent.all { load += slot }
        if !sent.isEmpty { front = Self.description(of: sent.first, at: now) }
        let trouble = trouble
        give(up: { $0.due <= now }) { slot, isWritten in
            isWritten
                ? .noReply(load, front: front)
                : .notWritten(because: trouble)
        }
        deadline = .never
        for slots in [waiting.all, sent.all] {
            for slot in slots where !slot.recipient.isNobody { deadline = min(deadline, slot.due) }
        }
    }

    private static func description(of slot: CommandSlot, at now: LinkTime) -> String {
        let age = slot.writtenAt.duration(to: now)
        return "\(slot.name.description.shown(upTo: ShownText.nameLimit)), sent \(age.inSeconds) ago"
    }

    private mutating func give(
        up isMeant: (CommandSlot) -> Bool,
        _ error: (CommandSlot, _ isWritten: Bool) -> RedisError
    ) {
        for slot in waiting.remove(where: isMeant) {
            left += slot
            slot.recipient.fail(error(slot, false).with(.notExecuted), writtenBytes: 0)
        }
        var replies = replies
        sent.update(where: { !$0.recipient.isNobody && isMeant($0) }) { slot, isFirst in
            let recipient = exchange(&slot.recipient, with: .nobody)
            let former = isFirst ? exchange(&replies, with: CommandReplies()) : CommandReplies()
            recipient.fail(error(slot, true).with(.unknown), writtenBytes: slot.byteCount, after: former)
        }
        self.replies = replies
    }

    /// Handles the end of the connection, of whose output the last `unwritten` bytes were not handed to the system.
    ///
    /// - Parameters:
    ///   - error: Why the connection ended.
    ///   - unwritten: How many bytes of the last slots no server can have read.
    ///   - keepsUnwritten: Whether slots of which no server can have read a whole command wait for the next connection.
    ///     Those of the link itself do not: an AUTH is meant for the connection that it was written to.
    package mutating func lost(_ error: RedisError, unwritten: Int, keepsUnwritten: Bool) {
        var replies = exchange(&replies, with: CommandReplies())
        var rest = unwritten
        var kept: [CommandSlot] = []
        var ended: [(slot: CommandSlot, written: Int)] = []
        for var slot in sent.removeAll().reversed() {
            let written = max(slot.byteCount - rest, 0)
            rest = max(rest - slot.byteCount, 0)
            let isOfCaller = slot.id != CommandSlot.ofLink && !slot.recipient.isNobody
            if keepsUnwritten, isOfCaller, slot.leading == 0, slot.isSurelyUnread(after: written) {
                slot.writtenAt = .never
                kept.append(slot)
            } else {
                ended.append((slot, written))
            }
        }
        for (slot, written) in ended.reversed() {
            left += slot
            let isUnread = slot.isSurelyUnread(after: written)
            let former = exchange(&replies, with: CommandReplies())
            slot.recipient.fail(error.with(isUnread ? .notExecuted : .unknown), writtenBytes: written, after: former)
        }
        waiting.prepend(kept.reversed())
        trouble = error
    }

    /// Notes why an attempt to open the link failed.
    package mutating func attemptFailed(_ error: RedisError) { trouble = error }

    /// The link is open again.
    package mutating func opened() { trouble = nil }

    /// Ends the wait of the slots that are not written.
    package mutating func failWaiting(_ error: RedisError) {
        for slot in waiting.removeAll() {
            left += slot
            slot.recipient.fail(error.with(.notExecuted), writtenBytes: 0)
        }
    }
}

extension CommandSlot {
    /// Whether no server can have read a whole command of the slot, when `written` of its bytes were handed over: for
    /// one command, unless all were; for several, if none were.
    fileprivate func isSurelyUnread(after written: Int) -> Bool {
        if case .several = recipient { return written == 0 }
        return written < byteCount
    }
}

extension RedisError {
    fileprivate static func noReply(_ load: CommandLoad, front: String?) -> RedisError {
        var text = "no reply in time; \(load.commands) commands of \(load.bytes) bytes wait for replies over this link"
        if let front { text += ", the first of them \(front)" }
        return RedisError(.timedOut, text, phase: .command)
    }

    fileprivate static func notWritten(because trouble: RedisError?) -> RedisError {
        let text = "not sent in time" + (trouble.map { "; at last: \($0.message)" } ?? "")
        return RedisError(.timedOut, text, endpoint: trouble?.endpoint, phase: .command, underlyingError: trouble)
    }
}
