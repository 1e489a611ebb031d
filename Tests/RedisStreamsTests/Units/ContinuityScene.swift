import RedisRESP
import RedisStreams

/// Tells messages, entries and outputs by short numbers: message 3 has the id 3-0, the number 3 and the payload "3".
protocol ContinuityScene {}

extension ContinuityScene {
    typealias Output = ContinuityMachine.Output

    func id(_ number: Int) -> RedisStreamID { RedisStreamID(milliseconds: UInt64(number)) }

    func position(_ number: Int) -> DurablePosition { DurablePosition(id: id(number), number: number) }

    func payload(_ number: Int) -> RedisBytes { RedisBytes("\(number)") }

    func entry(_ number: Int) -> DurableEntry {
        DurableEntry(id: id(number), number: number, payload: payload(number))
    }

    /// The message `count` of another history, with the id of message `number` of this one.
    func new(_ number: Int, as count: Int) -> DurableEntry {
        DurableEntry(id: id(number), number: count, payload: "new")
    }

    func foreignEntry(_ number: Int) -> DurableEntry {
        DurableEntry(id: id(number), number: nil, payload: nil, fields: [RedisField("a", "b")])
    }

    func replayed(_ number: Int) -> Output { .replayed(position(number), payload(number)) }

    func message(_ number: Int) -> Output { .message(position(number), payload(number)) }

    func push(_ number: Int, to machine: inout ContinuityMachine, after previous: Int? = nil)
        -> ContinuityMachine.Decision
    {
        let header = DurableHeader(id: id(number), previous: id(previous ?? number - 1), number: number)
        return machine.pushed(header, payload(number))
    }

    /// Answers the open question.
    func answer(_ machine: inout ContinuityMachine, _ numbers: [Int]) -> [Output] {
        var outputs: [Output] = []
        machine.answered(.entries(numbers.map(entry)), into: &outputs)
        return outputs
    }

    /// Asks for entries, and answers with these.
    func ask(_ machine: inout ContinuityMachine, _ entries: [DurableEntry]) -> [Output] {
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        machine.answered(.entries(entries), into: &outputs)
        return outputs
    }

    /// Asks for information, and answers that the stream has never had a higher id.
    func ask(_ machine: inout ContinuityMachine, last: Int) -> [Output] {
        _ = machine.nextQuestion()
        var outputs: [Output] = []
        machine.answered(.information(lastID: id(last)), into: &outputs)
        return outputs
    }

    /// A machine that has read `last` and is told of what is pushed.
    func live(at last: Int) -> ContinuityMachine {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        _ = machine.nextQuestion()
        _ = answer(&machine, [last])
        return machine
    }
}
