import RedisEvents
import TestSupport
import Testing

@Suite("Numbers of calls and handlers", .tags(.unit))
struct NumberSequenceTests {
    @Test("begin again after the last, without 0 and those that are in use")
    func again() {
        var numbers = NumberSequence(after: .max - 1)
        #expect(numbers.next { _ in false } == .max)
        #expect(numbers.next { $0 < 3 } == 3)
        #expect(numbers.next { _ in false } == 4)
    }

    @Test("are given to handlers for as long as a process runs")
    func handlers() {
        let table = HandlerTable(NumberSequence(after: .max))
        let first = table.add(.calling { _ in })
        #expect(first == 1)
        let again = HandlerTable(NumberSequence(after: .max - 1))
        #expect(again.add(.calling { _ in }) == .max)
        #expect(again.add(.calling { _ in }) == 1)
    }
}
