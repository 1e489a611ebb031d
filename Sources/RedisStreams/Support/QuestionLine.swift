internal import RedisEvents
internal import RedisRESP

/// Channels or streams whose machine may have a question, the one that has waited longest first, and how many questions
/// are open. A plain value.
struct QuestionLine {
    /// Names in the order in which they came, each once.
    private struct Names {
        private var names = Queue<RedisBytes>()
        private var members: Set<RedisBytes> = []

        mutating func insert(_ name: RedisBytes) {
            if members.insert(name).inserted { names.append(name) }
        }

        mutating func popFirst() -> RedisBytes? {
            guard let name = names.popFirst() else { return nil }
            members.remove(name)
            return name
        }
    }

    private var curious = Names()
    /// Those that have to wait until some other large page has come.
    private var patient = Names()
    private var openCount = 0
    private var largeCount = 0

    /// At most that many questions are open at a time.
    static var mostQuestions: Int { 16 }
    /// At most that many of them for large pages: entries may be large, too, which is known only when they have come.
    static var mostLarge: Int { 2 }

    mutating func insert(_ name: RedisBytes) { curious.insert(name) }

    mutating func insert(contentsOf names: some Sequence<RedisBytes>) {
        for name in names { curious.insert(name) }
    }

    /// Nobody has a question any more. Those that are open stay open.
    mutating func removeAll() {
        curious = Names()
        patient = Names()
    }

    /// Takes out who may ask next.
    ///
    /// - Parameter mayAskForMany: Whether the next question of a name may be for a large page.
    /// - Returns: The name; `nil` if nobody may ask at the moment.
    mutating func popFirst(mayAskForMany: (RedisBytes) -> Bool) -> RedisBytes? {
        guard openCount < Self.mostQuestions else { return nil }
        while let name = curious.popFirst() {
            guard largeCount >= Self.mostLarge, mayAskForMany(name) else { return name }
            patient.insert(name)
        }
        return nil
    }

    /// A question is open from now on.
    mutating func asked(isLarge: Bool) {
        openCount += 1
        if isLarge { largeCount += 1 }
    }

    /// An answer has come, or none will.
    mutating func answered(isLarge: Bool) {
        openCount -= 1
        guard isLarge else { return }
        largeCount -= 1
        while let name = patient.popFirst() { curious.insert(name) }
    }
}
