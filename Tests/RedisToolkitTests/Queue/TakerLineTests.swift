import RedisCore
import RedisToolkit
import TestSupport
import Testing

@Suite("Those that take messages of a queue", .tags(.unit))
struct TakerLineTests {
    private let reason = RedisError(.cancelled, "reason")

    /// What was told: the messages of each, or the code of the error.
    private func told(_ answers: [TakerLine.Answer]) -> [Int: String] {
        Dictionary(
            uniqueKeysWithValues: answers.map { answer in
                switch answer.result {
                case .success(let messages): (answer.id, messages.map(\.description).joined(separator: ","))
                case .failure(let error): (answer.id, "\(error.code)")
                }
            }
        )
    }

    @Test("get them in the order in which they came, each as many as it takes")
    func order() {
        var line = TakerLine()
        let first = line.join(limit: 2)
        let second = line.join(limit: 1)
        let third = line.join(limit: 1)
        #expect(line.begin().count == 4)
        let (answers, left) = line.received(["a", "b", "c"])
        #expect(told(answers) == [first: "a,b", second: "c"])
        #expect(left.isEmpty)
        #expect(line.request == .none)
        #expect(line.takers.map(\.id) == [third])
        #expect(line.begin().count == 1)
    }

    @Test("wait for the next message when there is none, and nothing is asked when nobody waits")
    func blocking() {
        var line = TakerLine()
        #expect(line.begin().count == 0)
        #expect(line.request == .none)
        let first = line.join(limit: 1)
        #expect(line.begin().count == 1)
        #expect(line.request == .asking)
        #expect(line.foundNothing().blocks)
        #expect(line.request == .blocking)
        #expect(told(line.received(["a"]).answers) == [first: "a"])
        #expect(line.begin().count == 0)
    }

    @Test("leave at once when others wait, or nothing is on its way")
    func leave() {
        var line = TakerLine()
        let first = line.join(limit: 1)
        #expect(line.giveUp(first, reason).answer.map { told([$0]) } == [first: "cancelled"])
        let second = line.join(limit: 1)
        let third = line.join(limit: 1)
        _ = line.begin()
        let (answer, endsBlocking) = line.giveUp(second, reason)
        #expect(answer.map { told([$0]) } == [second: "cancelled"])
        #expect(!endsBlocking)
        #expect(line.takers.map(\.id) == [third])
    }

    @Test("wait for the end of the request when they are the last, and get what comes")
    func surrender() {
        var line = TakerLine()
        let first = line.join(limit: 1)
        _ = line.begin()
        #expect(!line.giveUp(first, reason).endsBlocking)
        // Nothing is there: it goes, and nobody blocks for it.
        let (answers, blocks) = line.foundNothing()
        #expect(told(answers) == [first: "cancelled"])
        #expect(!blocks)
        let second = line.join(limit: 1)
        _ = line.begin()
        _ = line.foundNothing()
        let (answer, endsBlocking) = line.giveUp(second, reason)
        #expect(answer == nil)
        #expect(endsBlocking)
        // The request is ended once.
        let again = line.giveUp(second, reason)
        #expect(again.answer == nil)
        #expect(!again.endsBlocking)
        #expect(told(line.received(["a"]).answers) == [second: "a"])
        // Where the end of a request is not told, the next one is not for those that have given up.
        let third = line.join(limit: 1)
        _ = line.begin()
        _ = line.giveUp(third, reason)
        let next = line.begin()
        #expect(told(next.answers) == [third: "cancelled"])
        #expect(next.count == 0)
    }

    @Test("that came after one that has given up do not get it with that one's request")
    func newcomer() {
        var line = TakerLine()
        let first = line.join(limit: 1)
        _ = line.begin()
        _ = line.foundNothing()
        _ = line.giveUp(first, reason)
        let second = line.join(limit: 1)
        let (answers, left) = line.received([])
        #expect(told(answers) == [first: "cancelled"])
        #expect(left.isEmpty)
        #expect(line.takers.map(\.id) == [second])
        #expect(line.begin().count == 1)
    }

    @Test("are let go when the request takes too long, and what it brings is nobody's")
    func abandon() {
        var line = TakerLine()
        let first = line.join(limit: 1)
        _ = line.begin()
        #expect(line.abandon(first) == nil)
        _ = line.giveUp(first, reason)
        #expect(line.abandon(first).map { told([$0]) } == [first: "cancelled"])
        let (answers, left) = line.received(["a"])
        #expect(answers.isEmpty)
        #expect(left == ["a"])
    }

    @Test("get what could not be given back before anything is asked for")
    func kept() {
        var line = TakerLine()
        line.keep(["b"])
        line.keep(["a"])
        let first = line.join(limit: 1)
        let (answers, count) = line.begin()
        #expect(told(answers) == [first: "a"])
        #expect(count == 0)
        #expect(line.takeKept(limit: 5) == ["b"])
        #expect(line.takeKept().isEmpty)
    }

    @Test("are all told when the server refuses, each the own reason if it had one")
    func failure() {
        var line = TakerLine()
        let first = line.join(limit: 1)
        _ = line.begin()
        _ = line.giveUp(first, reason)
        let second = line.join(limit: 1)
        #expect(told(line.failed(RedisError(.serverError, "no"))) == [first: "cancelled", second: "serverError"])
        #expect(line.request == .none)
        #expect(line.begin().count == 0)
    }

    @Test("ask for a thousand messages at most")
    func bound() {
        var line = TakerLine()
        _ = line.join(limit: .max)
        _ = line.join(limit: .max)
        #expect(line.begin().count == 1000)
    }
}
