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

    /// A machine that has read `last` and is told of what is pushed.
    func live(at last: Int) -> ContinuityMachine {
        var machine = ContinuityMachine(from: nil)
        machine.subscribed()
        _ = machine.nextQuestion()
        _ = answer(&machine, [last])
        return machine
    }
}
