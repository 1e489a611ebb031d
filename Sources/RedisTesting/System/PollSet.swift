import RedisPOSIX

/// Descriptors that one thread waits for together. Each has a slot, whose number is its name here.
struct PollSet {
    /// What the owner of a slot wants to do.
    struct Interest: OptionSet {
        let rawValue: Int16
        static let reading = Interest(rawValue: Int16(POLLIN))
        static let writing = Interest(rawValue: Int16(POLLOUT))
    }

    private var entries: [pollfd] = []
    private var numbers: [Int32] = []
    private var free: [Int] = []

    /// Takes a descriptor in, of which nothing is wanted yet. It must be removed before it is closed.
    mutating func add(_ descriptor: SharedDescriptor) -> Int {
        let number = descriptor.use { $0 } ?? -1
        let entry = pollfd(fd: -1, events: 0, revents: 0)
        guard let slot = free.popLast() else {
            entries.append(entry)
            numbers.append(number)
            return entries.count - 1
        }
        entries[slot] = entry
        numbers[slot] = number
        return slot
    }

    mutating func remove(_ slot: Int) {
        entries[slot] = pollfd(fd: -1, events: 0, revents: 0)
        numbers[slot] = -1
        free.append(slot)
    }

    /// Of whom nothing is wanted is not looked at: a peer that hangs up would otherwise end every wait at once.
    mutating func setInterest(_ slot: Int, _ interest: Interest) {
        entries[slot].fd = interest.isEmpty ? -1 : numbers[slot]
        entries[slot].events = interest.rawValue
    }

    /// Waits until something can be done, or for `milliseconds` (-1: for ever). Returns the slots, in no meaningful
    /// order.
    mutating func wait(milliseconds: Int32) -> [Int] {
        let count = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        guard count > 0 else { return [] }
        var ready: [Int] = []
        ready.reserveCapacity(Int(count))
        for slot in entries.indices where entries[slot].revents != 0 { ready.append(slot) }
        return ready
    }
}
