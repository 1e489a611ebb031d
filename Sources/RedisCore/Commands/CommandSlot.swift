package import RedisRESP
package import RedisReactor

/// Who gets the reply of a command, or the replies of several.
package enum CommandRecipient: Sendable {
    /// Nobody waits any more. The reply still comes, and is discarded.
    case nobody
    /// A task.
    case continuation(TaskContinuation<Result<RESPValue, RedisError>>)
    /// A closure, which is called on the loop, in the middle of the link's work. It must not call the link.
    case call(@Sendable (Result<RESPValue, RedisError>) -> Void)
    /// A closure that is called as `call` is, and an observation of the command.
    case observed(ObservedRecipient)
    /// A closure for the replies of several commands, which are kept or only counted. It is called as `call` is.
    case several(keepsReplies: Bool, @Sendable (CommandReplies) -> Void)

    /// Whether nobody waits any more.
    var isNobody: Bool {
        if case .nobody = self { return true }
        return false
    }

    /// Suspends until the recipient that `handOver` gets has its result. The recipient gets it whether the task is
    /// cancelled or not.
    ///
    /// - Parameters:
    ///   - cancel: Called with the number of the slot when the task is cancelled, perhaps twice. Any thread may call.
    ///   - handOver: Hands over a slot with this number and recipient. Not called if the task is cancelled already.
    /// - Returns: The result.
    package static func result(
        cancel: @Sendable (_ id: Int) -> Void,
        _ handOver: (_ id: Int, CommandRecipient) -> Void
    ) async -> Result<RESPValue, RedisError> {
        if Task.isCancelled { return .failure(.taskCancelled.with(.notExecuted)) }
        let id = CommandLink.nextID()
        return await withTaskCancellationHandler {
            await TaskContinuation.value { continuation in
                handOver(id, .continuation(continuation))
                // The handler may have run before there was something to cancel.
                if Task.isCancelled { cancel(id) }
            }
        } onCancel: {
            cancel(id)
        }
    }

    /// Passes the reply of one command on.
    package func end(_ result: Result<RESPValue, RedisError>) {
        switch self {
        case .nobody: break
        case .continuation(let continuation): continuation.resume(returning: result)
        case .call(let body): body(result)
        case .observed(let recipient): recipient.end(result)
        case .several(_, let body):
            var replies = CommandReplies()
            replies.count = 1
            replies.replies = [result]
            body(replies)
        }
    }

    /// Ends the wait for a reply that does not come.
    ///
    /// - Parameters:
    ///   - error: Why.
    ///   - writtenBytes: How many bytes of the commands were handed to the system.
    ///   - replies: The replies that came before.
    package func fail(_ error: RedisError, writtenBytes: Int, after replies: CommandReplies = CommandReplies()) {
        switch self {
        case .nobody: break
        case .continuation(let continuation): continuation.resume(returning: .failure(error))
        case .call(let body): body(.failure(error))
        case .observed(let recipient): recipient.end(.failure(error))
        case .several(_, let body):
            var replies = replies
            replies.end = (error, writtenBytes)
            body(replies)
        }
    }
}

/// The replies to several commands that were written together.
package struct CommandReplies: Sendable {
    /// How many errors are kept of replies that are only counted.
    package static let mostErrors = 16

    /// How many commands were answered.
    package var count = 0
    /// The replies in the order of the commands, if they are kept.
    package var replies: [Result<RESPValue, RedisError>] = []
    /// How many replies were errors.
    package var errorCount = 0
    /// The first errors with the positions of their commands, if replies are only counted.
    package var errors: [(index: Int, error: RedisError)] = []
    /// Why the other commands have no reply, and how many bytes of all commands were handed to the system.
    package var end: (error: RedisError, writtenBytes: Int)?

    package init() {}
}

/// One or several commands on their way, which are written together. A plain value.
package struct CommandSlot: Sendable {
    /// The number of slots that a link makes for itself.
    package static let ofLink = -1

    /// Distinguishes the slots of the process, for cancellation.
    package let id: Int
    package var recipient: CommandRecipient
    /// The encoded commands are a part of this.
    private(set) var storage: [UInt8]
    let range: Range<Int>
    /// How many commands in front have replies that do not count.
    let leading: Int
    /// How many of those replies have not come yet.
    var discarded: Int
    /// How many replies have not come yet, without those that are discarded.
    var unanswered: Int
    /// How long to wait for the last reply, counted from when the loop takes the slot.
    let timeout: Duration?
    /// When the wait ends; `.never` for no end.
    package private(set) var due = LinkTime.never
    /// When the slot was written.
    var writtenAt = LinkTime.never

    /// The slot of one command.
    package init(_ command: RedisCommand, id: Int, timeout: Duration?, _ recipient: CommandRecipient) {
        self.init(
            command.encoded,
            0..<command.encoded.count,
            count: 1,
            id: id,
            timeout: timeout,
            recipient
        )
    }

    /// The slot of `count` commands, which are encoded at `range` of `storage`. The replies of further commands in
    /// front of them, `discarded` of them, are left out.
    package init(
        _ storage: [UInt8],
        _ range: Range<Int>,
        count: Int,
        discarding discarded: Int = 0,
        id: Int,
        timeout: Duration? = nil,
        deadline: ContinuousClock.Instant? = nil,
        _ recipient: CommandRecipient
    ) {
        self.id = id
        due = deadline.map { LinkTime($0) } ?? .never
        self.recipient = recipient
        self.storage = storage
        self.range = range
        leading = discarded
        self.discarded = discarded
        unanswered = count
        self.timeout = timeout
    }

    package var byteCount: Int { range.count }
    /// How many commands the slot counts as.
    var commandCount: Int { discarded + unanswered }

    /// The name of the first command.
    var name: RedisBytes {
        var reader = ArgumentReader(storage, from: range.lowerBound)
        return reader.next().map { RedisBytes(storage: storage, start: $0.lowerBound, count: $0.count).compacted() }
            ?? RedisBytes()
    }

    /// The name of the command at `index`, for which a reply has come.
    func name(at index: Int) -> RedisBytes {
        var start = range.lowerBound
        for _ in 0..<index {
            var reader = ArgumentReader(storage, from: start)
            while reader.next() != nil {}
            start = reader.end
        }
        var reader = ArgumentReader(storage, from: start)
        return reader.next().map { RedisBytes(storage: storage, start: $0.lowerBound, count: $0.count) } ?? RedisBytes()
    }

    /// Starts the timeout, unless the wait has an end already.
    mutating func startTimeout(at now: LinkTime) {
        if due == .never, let timeout { due = now.advanced(by: timeout) }
    }

    /// Drops what a slot that has left its queue would keep alive.
    fileprivate mutating func clear() {
        storage = []
        recipient = .nobody
    }

    /// Calls `body` with each command.
    func forEachCommand(_ body: (RedisCommand) -> Void) {
        var start = range.lowerBound
        while start < range.upperBound {
            var arguments: [RedisBytes] = []
            var reader = ArgumentReader(storage, from: start)
            while let part = reader.next() { arguments.append(RedisBytes(Array(storage[part]))) }
            body(RedisCommand(arguments))
            start = reader.end
        }
    }
}

/// A time on the monotonic clock in nanoseconds, cheap to copy and to compare: each command has two. A plain value.
package struct LinkTime: Sendable, Comparable {
    private static let origin = ContinuousClock.now
    private let nanoseconds: Int64

    /// Later than any other.
    package static let never = LinkTime(nanoseconds: .max)

    private init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    package init(_ instant: ContinuousClock.Instant) {
        self.init(nanoseconds: Self.nanoseconds(of: Self.origin.duration(to: instant)))
    }

    package static var now: LinkTime { LinkTime(.now) }

    package func advanced(by duration: Duration) -> LinkTime {
        let (sum, overflow) = nanoseconds.addingReportingOverflow(Self.nanoseconds(of: duration))
        guard overflow else { return LinkTime(nanoseconds: sum) }
        return duration < .zero ? LinkTime(nanoseconds: -.max) : .never
    }

    package func duration(to other: LinkTime) -> Duration {
        .nanoseconds(other.nanoseconds) - .nanoseconds(nanoseconds)
    }

    /// Times beyond three centuries are as good as never.
    private static func nanoseconds(of duration: Duration) -> Int64 {
        let (seconds, attoseconds) = duration.components
        guard seconds.magnitude < 9_000_000_000 else { return seconds < 0 ? -.max : .max }
        return seconds * 1_000_000_000 + attoseconds / 1_000_000_000
    }

    package static func < (one: LinkTime, other: LinkTime) -> Bool { one.nanoseconds < other.nanoseconds }
}

/// How many commands and bytes.
package struct CommandLoad: Sendable, Hashable {
    package var commands = 0
    package var bytes = 0

    package init(commands: Int = 0, bytes: Int = 0) {
        self.commands = commands
        self.bytes = bytes
    }

    static func += (load: inout CommandLoad, slot: CommandSlot) {
        load.commands += slot.commandCount
        load.bytes += slot.byteCount
    }

    static func -= (load: inout CommandLoad, slot: CommandSlot) {
        load.commands -= slot.commandCount
        load.bytes -= slot.byteCount
    }
}

/// Slots in order. A plain value.
struct SlotQueue: Sendable {
    private var slots: [CommandSlot] = []
    private var head = 0

    var isEmpty: Bool { head == slots.count }
    var count: Int { slots.count - head }
    /// The slots that have not left, in order.
    var all: ArraySlice<CommandSlot> { slots[head...] }

    mutating func append(_ slot: CommandSlot) { slots.append(slot) }

    /// The first slot. There must be one.
    var first: CommandSlot {
        get { slots[head] }
        _modify { yield &slots[head] }
    }

    /// Takes the first slot. There must be one.
    mutating func removeFirst() -> CommandSlot {
        let slot = slots[head]
        slots[head].clear()
        head += 1
        if head == slots.count {
            slots.removeAll(keepingCapacity: slots.capacity <= 4096)
            head = 0
        } else if head >= 1024, head * 2 >= slots.count {
            slots.removeFirst(head)
            head = 0
        }
        return slot
    }

    /// Takes the slots that `isMeant` selects.
    mutating func remove(where isMeant: (CommandSlot) -> Bool) -> [CommandSlot] {
        guard let first = all.firstIndex(where: isMeant) else { return [] }
        var removed = [slots[first]]
        var rest = Array(slots[head..<first])
        for slot in slots[(first + 1)...] { if isMeant(slot) { removed.append(slot) } else { rest.append(slot) } }
        replace(with: rest)
        return removed
    }

    /// Takes all slots.
    mutating func removeAll() -> [CommandSlot] {
        defer { replace(with: []) }
        return Array(all)
    }

    /// Puts slots in front of the others.
    mutating func prepend(_ former: [CommandSlot]) { if !former.isEmpty { replace(with: former + all) } }

    /// Changes the slots that `isMeant` selects.
    mutating func update(where isMeant: (CommandSlot) -> Bool, _ body: (inout CommandSlot, _ isFirst: Bool) -> Void) {
        for index in head..<slots.count where isMeant(slots[index]) { body(&slots[index], index == head) }
    }

    private mutating func replace(with slots: [CommandSlot]) {
        self.slots = slots
        head = 0
    }
}
