/// Numbers of calls and handlers, from 1. A process that runs for long enough uses them up, so they begin again.
package struct NumberSequence: Sendable {
    private var last: UInt32

    package init(after last: UInt32 = 0) { self.last = last }

    /// The next number that is not 0 and is not in use. There must be one.
    package mutating func next(isUsed: (UInt32) -> Bool) -> UInt32 {
        repeat { last &+= 1 } while last == 0 || isUsed(last)
        return last
    }
}
