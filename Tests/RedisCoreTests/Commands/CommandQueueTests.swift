import RedisCore
import RedisRESP
import RedisReactor
import TestSupport
import Testing

/// Who waits for the replies of a slot.
private enum Reader: CaseIterable, Sendable {
    /// Somebody, for one command.
    case one
    /// Somebody, for the replies of two commands.
    case several
    /// Somebody, for how many of two commands failed.
    case counted
    /// Nobody any more.
    case nobody
}

/// A queue with what came out of it.
private final class QueueUnderTest {
    var queue = CommandQueue()
    var output = WriteBuffer()
    let start = LinkTime.now
    let outcomes = Locked<[String]>([])
    private var load = CommandLoad()

    var all: [String] { outcomes.withLock { $0 } }

    func at(_ milliseconds: Int) -> LinkTime { start.advanced(by: .milliseconds(milliseconds)) }

    /// Takes a slot of one command, or of two.
    @discardableResult
    func take(_ reader: Reader, id: Int = 1, timeout: Duration? = nil, discarding: Int = 0) -> CommandSlot {
        let outcomes = outcomes
        let one = RedisCommand(["INCR", "a"]).encoded
        let leading = Array(repeating: RedisCommand(["ASKING"]).encoded, count: discarding).flatMap { $0 }
        let isOne = reader == .one || reader == .nobody
        let bytes = leading + one + (isOne ? [] : one)
        let recipient: CommandRecipient
        switch reader {
        case .one: recipient = .call { result in outcomes.withLock { $0.append(Self.words(result)) } }
        case .several:
            recipient = .several(keepsReplies: true) { replies in
                let words = replies.replies.map(Self.words) + Self.end(replies)
                outcomes.withLock { $0.append(words.joined(separator: "; ")) }
            }
        case .counted:
            recipient = .several(keepsReplies: false) { replies in
                let errors = replies.errors.map { "\($0.index) \($0.error.code)" }
                let count = "\(replies.count) with \(replies.errorCount) errors"
                outcomes.withLock { $0.append(([count] + errors + Self.end(replies)).joined(separator: "; ")) }
            }
        case .nobody: recipient = .nobody
        }
        let slot = CommandSlot(
            bytes,
            0..<bytes.count,
            count: isOne ? 1 : 2,
            discarding: discarding,
            id: id,
            timeout: timeout,
            recipient
        )
        queue.take([slot], at: start)
        return slot
    }

    private static func words(_ result: Result<RESPValue, RedisError>) -> String {
        switch result {
        case .success(let value): value.text ?? value.integer.map { "\($0)" } ?? "\(value)"
        case .failure(let error): "\(error.code) \(error.execution)"
        }
    }

    private static func end(_ replies: CommandReplies) -> [String] {
        replies.end.map { ["\($0.error.code) \($0.error.execution) after \($0.writtenBytes)"] } ?? []
    }

    func write() { queue.write(to: &output, at: start, nil) }

    func reply(_ text: String) throws {
        let bytes = Array(text.utf8)
        var parser = FrameParser()
        _ = try parser.parse(bytes.span.rawBytes)
        queue.received(Frame(bytes: bytes.span.rawBytes, nodes: parser.frameNodes), from: .unix(path: "/s"))
    }

    func lose(unwritten: Int, keeps: Bool) {
        queue.lost(RedisError(.connectionLost, "lost"), unwritten: unwritten, keepsUnwritten: keeps)
    }

    /// What has left so far.
    func left() -> CommandLoad {
        let more = queue.takeLeft()
        load.commands += more.commands
        load.bytes += more.bytes
        return load
    }
}

@Suite("The commands of a link", .tags(.unit))
struct CommandQueueTests {
    private static let size = RedisCommand(["INCR", "a"]).encoded.count

    @Test("get their replies, and leave with the last one", arguments: Reader.allCases)
    private func replies(_ reader: Reader) throws {
        let link = QueueUnderTest()
        let slot = link.take(reader)
        #expect(link.queue.keeps(1))
        #expect(!link.queue.expectsReply)
        link.write()
        #expect(!link.queue.keeps(1))
        #expect(link.queue.expectsReply)
        #expect(link.queue.isAwaited == (reader != .nobody))
        #expect(link.output.count == slot.byteCount)
        try link.reply(":7\r\n")
        if reader == .several || reader == .counted {
            #expect(link.all == [])
            #expect(link.left().commands == 1)
            try link.reply("-ERR no\r\n")
        }
        switch reader {
        case .one: #expect(link.all == ["7"])
        case .several: #expect(link.all == ["7; serverError notExecuted"])
        case .counted: #expect(link.all == ["2 with 1 errors; 1 serverError"])
        case .nobody: #expect(link.all == [])
        }
        #expect(link.queue.isIdle)
        let count = reader == .one || reader == .nobody ? 1 : 2
        #expect(link.left() == CommandLoad(commands: count, bytes: slot.byteCount))
    }

    @Test("get an error reply as an error that says what became of them")
    func errorReply() throws {
        let link = QueueUnderTest()
        link.take(.one)
        link.write()
        try link.reply("-WRONGTYPE no\r\n")
        #expect(link.all == ["serverError notExecuted"])
    }

    @Test("leave out the replies of what was sent in front of them")
    func leading() throws {
        let link = QueueUnderTest()
        let slot = link.take(.one, discarding: 1)
        link.write()
        try link.reply("+OK\r\n")
        #expect(link.all == [])
        try link.reply(":3\r\n")
        #expect(link.all == ["3"])
        #expect(link.left() == CommandLoad(commands: 2, bytes: slot.byteCount))
        link.take(.one, discarding: 1)
        link.write()
        link.lose(unwritten: 1000, keeps: true)
        // What was said to the server in front of it is gone with the connection.
        #expect(link.all == ["3", "connectionLost notExecuted"])
    }

    @Test("do not wait for the next connection if the link sent them itself: an AUTH is for one connection")
    func ofLink() {
        let link = QueueUnderTest()
        link.take(.one, id: CommandSlot.ofLink)
        link.take(.one, id: 2)
        link.write()
        link.lose(unwritten: link.output.count, keeps: true)
        #expect(link.all == ["connectionLost notExecuted"])
        #expect(link.queue.keeps(2))
        #expect(!link.queue.keeps(CommandSlot.ofLink))
    }

    @Test("have a time that is never reached, or was passed long ago, without an overflow")
    func farTimes() {
        let now = LinkTime.now
        for seconds: Int64 in [.max, 10_000_000_000] {
            #expect(now.advanced(by: .seconds(seconds)) == .never)
            let past = now.advanced(by: .seconds(-seconds))
            #expect(past < now)
            #expect(past.advanced(by: .seconds(-seconds)) < now)
            #expect(LinkTime.now.duration(to: past) < .seconds(-9_000_000_000))
        }
        #expect(now.advanced(by: .seconds(Int64.min)) < now)
        #expect(now.duration(to: .never) > .zero)
    }

    @Test("are removed when they are cancelled before they are written", arguments: Reader.allCases)
    private func cancelledBefore(_ reader: Reader) throws {
        let link = QueueUnderTest()
        let slot = link.take(reader)
        link.take(.one, id: 2)
        link.queue.cancel([1])
        switch reader {
        case .one: #expect(link.all == ["cancelled notExecuted"])
        case .several: #expect(link.all == ["cancelled notExecuted after 0"])
        case .counted: #expect(link.all == ["0 with 0 errors; cancelled notExecuted after 0"])
        case .nobody: #expect(link.all == [])
        }
        #expect(link.left().bytes == slot.byteCount)
        link.write()
        #expect(link.output.count == Self.size)
    }

    @Test("keep their places when they are cancelled on the wire", arguments: Reader.allCases)
    private func cancelledAfter(_ reader: Reader) throws {
        let link = QueueUnderTest()
        let slot = link.take(reader)
        link.take(.one, id: 2)
        link.write()
        if reader == .several || reader == .counted { try link.reply(":1\r\n") }
        link.queue.cancel([1])
        link.queue.cancel([1])
        let expected: [String]
        switch reader {
        case .one: expected = ["cancelled unknown"]
        case .several: expected = ["1; cancelled unknown after \(slot.byteCount)"]
        case .counted: expected = ["1 with 0 errors; cancelled unknown after \(slot.byteCount)"]
        case .nobody: expected = []
        }
        #expect(link.all == expected)
        #expect(!link.queue.isAwaited)
        try link.reply(":1\r\n")
        #expect(link.queue.isAwaited)
        try link.reply(":2\r\n")
        #expect(link.all == expected + ["2"])
        #expect(link.queue.isIdle)
    }

    @Test("end at their deadline, whether they are written or not", arguments: Reader.allCases, [false, true])
    private func expiry(_ reader: Reader, _ isWritten: Bool) throws {
        let link = QueueUnderTest()
        let slot = link.take(reader, timeout: .milliseconds(10))
        link.take(.one, id: 2, timeout: .milliseconds(30))
        #expect(link.queue.deadline == link.at(10))
        if isWritten { link.write() }
        link.queue.expire(at: link.at(9))
        #expect(link.all == [])
        link.queue.expire(at: link.at(10))
        let execution = isWritten ? "unknown" : "notExecuted"
        let bytes = isWritten ? slot.byteCount : 0
        let expected: [String]
        switch reader {
        case .one: expected = ["timedOut \(execution)"]
        case .several: expected = ["timedOut \(execution) after \(bytes)"]
        case .counted: expected = ["0 with 0 errors; timedOut \(execution) after \(bytes)"]
        case .nobody: expected = []
        }
        #expect(link.all == expected)
        #expect(link.queue.deadline == link.at(30))
        link.queue.expire(at: link.at(31))
        #expect(link.all == expected + ["timedOut \(execution)"])
        #expect(link.queue.deadline == .never)
        #expect(link.queue.isIdle == !isWritten)
    }

    @Test(
        "are told by the bytes that were not written what became of them when the link is lost",
        arguments: Reader.allCases,
        [false, true]
    )
    private func lost(_ reader: Reader, _ keeps: Bool) throws {
        let isOne = reader == .one || reader == .nobody
        let count = isOne ? Self.size : 2 * Self.size
        for unwritten in 0...(count + Self.size) {
            let link = QueueUnderTest()
            let first = link.take(.one, id: 0)
            let slot = link.take(reader)
            link.write()
            link.lose(unwritten: unwritten, keeps: keeps)
            let written = max(count - unwritten, 0)
            // A single command runs only if all of its bytes were written, and one of two as soon as some were.
            let isUnread = unwritten > 0 && (isOne || written == 0)
            let isFirstUnread = unwritten > count
            var expected: [String] = []
            if !isFirstUnread { expected.append("connectionLost unknown") }
            if isFirstUnread, !keeps { expected.append("connectionLost notExecuted") }
            let execution = isUnread ? "notExecuted" : "unknown"
            if !(isUnread && keeps) {
                switch reader {
                case .one: expected.append("connectionLost \(execution)")
                case .several: expected.append("connectionLost \(execution) after \(written)")
                case .counted: expected.append("0 with 0 errors; connectionLost \(execution) after \(written)")
                case .nobody: break
                }
            }
            #expect(link.all == expected, "\(unwritten) bytes were not written")
            #expect(!link.queue.expectsReply)
            let isKept = keeps && isUnread && reader != .nobody
            #expect(link.queue.keeps(0) == (keeps && isFirstUnread))
            #expect(link.queue.keeps(1) == isKept)
            guard isKept else { continue }
            // Over the next link, in the old order.
            link.queue.opened()
            link.output.removeAll()
            link.write()
            #expect(link.output.count == slot.byteCount + (isFirstUnread ? first.byteCount : 0))
            if isFirstUnread { try link.reply(":10\r\n") }
            try link.reply(":11\r\n")
            if !isOne { try link.reply(":12\r\n") }
            let last: [Reader: String] = [.one: "11", .several: "11; 12", .counted: "2 with 0 errors"]
            #expect(link.all.suffix(isFirstUnread ? 2 : 1) == (isFirstUnread ? ["10"] : []) + [last[reader] ?? ""])
            #expect(link.left().bytes == slot.byteCount + first.byteCount)
        }
    }

    @Test("keep the replies that came before the link was lost")
    func partlyAnswered() throws {
        let link = QueueUnderTest()
        let slot = link.take(.several)
        link.write()
        try link.reply(":1\r\n")
        link.lose(unwritten: 5, keeps: true)
        #expect(link.all == ["1; connectionLost unknown after \(slot.byteCount - 5)"])
        #expect(link.queue.isIdle)
        #expect(link.left() == CommandLoad(commands: 2, bytes: slot.byteCount))
    }

    @Test("fail without having been executed when the link is given up", arguments: Reader.allCases)
    private func gaveUp(_ reader: Reader) {
        let link = QueueUnderTest()
        let slot = link.take(reader)
        link.queue.failWaiting(RedisError(.connectFailed, "no"))
        switch reader {
        case .one: #expect(link.all == ["connectFailed notExecuted"])
        case .several: #expect(link.all == ["connectFailed notExecuted after 0"])
        case .counted: #expect(link.all == ["0 with 0 errors; connectFailed notExecuted after 0"])
        case .nobody: #expect(link.all == [])
        }
        #expect(link.queue.isIdle)
        #expect(link.left().bytes == slot.byteCount)
    }

    @Test("leave exactly once, with all of their bytes, whatever happens in whatever order", arguments: 0..<20)
    func everyOrder(_ seed: UInt64) throws {
        var random = SeededNumbers(state: seed)
        let link = QueueUnderTest()
        var taken = CommandLoad()
        var awaited = 0
        var time = 0
        for id in 0..<400 {
            switch random.next(9) {
            case 0, 1, 2:
                let reader = Reader.allCases[random.next(4)]
                let timeout = random.next(2) == 0 ? Duration.milliseconds(random.next(500)) : nil
                let slot = link.take(reader, id: id, timeout: timeout)
                taken.commands += reader == .one || reader == .nobody ? 1 : 2
                taken.bytes += slot.byteCount
                if reader != .nobody { awaited += 1 }
            case 3, 4: link.write()
            case 5, 6: if link.queue.expectsReply { try link.reply(random.next(3) == 0 ? "-ERR\r\n" : "+OK\r\n") }
            case 7: link.queue.cancel([random.next(id + 1)])
            default:
                time += random.next(20)
                link.queue.expire(at: link.at(time))
                if random.next(4) == 0 { link.lose(unwritten: random.next(200), keeps: random.next(2) == 0) }
            }
        }
        link.lose(unwritten: 0, keeps: false)
        link.queue.failWaiting(RedisError(.closed, "closed"))
        #expect(link.queue.isIdle)
        #expect(link.all.count == awaited)
        #expect(link.left() == taken)
    }
}

/// Numbers that follow from a seed.
private struct SeededNumbers {
    var state: UInt64

    mutating func next(_ count: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % max(count, 1)
    }
}
