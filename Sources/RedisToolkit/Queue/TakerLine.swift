/// Those that take messages out of one queue over one client, and who of them gets which. A plain value.
///
/// One request at a time is on its way to the server for all of them. A message that came goes to the one that has
/// waited longest. Whoever gives up leaves at once, unless it is the last one and a request is on its way: that may
/// bring a message, which would be nobody's. So the last one waits until the request has ended, and gets the message if
/// there is one.
package struct TakerLine {
    /// One that waits.
    package struct Taker: Sendable {
        package let id: Int
        /// How many messages it takes at most.
        package let limit: Int
        /// Why it does not want to wait any more.
        package var surrender: RedisError?
    }

    /// What is told to one that has waited.
    package struct Answer: Sendable {
        package let id: Int
        package let result: Result<[RedisBytes], RedisError>
    }

    /// What is on its way to the server.
    package enum Request: Sendable, Equatable {
        case none
        /// The messages that are there.
        case asking
        /// The next message, whenever it comes.
        case blocking
    }

    package private(set) var takers: [Taker] = []
    package private(set) var request = Request.none
    /// Messages that nobody wanted when they came, and that could not be given back to the server yet, oldest first.
    package private(set) var kept: [RedisBytes] = []
    private var lastID = 0

    /// The most messages that are asked for at once.
    package static var largestRequest: Int { 1000 }

    package init() {}

    /// Puts one at the end of the line. Returns its number.
    package mutating func join(limit: Int) -> Int {
        lastID += 1
        takers.append(Taker(id: lastID, limit: max(limit, 1)))
        return lastID
    }

    /// Notes that one does not want to wait any more.
    ///
    /// - Returns: What it is told, if it leaves at once; and whether the blocking request has to be ended for it.
    package mutating func giveUp(_ id: Int, _ reason: RedisError) -> (answer: Answer?, endsBlocking: Bool) {
        guard let index = takers.firstIndex(where: { $0.id == id }), takers[index].surrender == nil else {
            return (nil, false)
        }
        guard takers.count == 1, request != .none else {
            takers.remove(at: index)
            return (Answer(id: id, result: .failure(reason)), false)
        }
        takers[index].surrender = reason
        return (nil, request == .blocking)
    }

    /// Lets one go that has given up and has waited long enough for the end of the request.
    package mutating func abandon(_ id: Int) -> Answer? {
        guard let index = takers.firstIndex(where: { $0.id == id }), let reason = takers[index].surrender else {
            return nil
        }
        takers.remove(at: index)
        return Answer(id: id, result: .failure(reason))
    }

    /// Hands over what is kept, lets those go that have given up, and begins a request for the others.
    ///
    /// - Returns: Who is told what, and how many messages to ask for; 0 if nobody waits.
    package mutating func begin() -> (answers: [Answer], count: Int) {
        var answers: [Answer] = []
        if !kept.isEmpty { (answers, kept) = distribute(kept) }
        answers += settle()
        let wanted = takers.reduce(0) { $0 + min($1.limit, Self.largestRequest) }
        request = wanted == 0 ? .none : .asking
        return (answers, min(wanted, Self.largestRequest))
    }

    /// Notes that no message is there. Returns who is told so, and whether to wait for the next message.
    package mutating func foundNothing() -> (answers: [Answer], blocks: Bool) {
        let answers = settle()
        request = takers.isEmpty ? .none : .blocking
        return (answers, !takers.isEmpty)
    }

    /// Notes that the request has ended, and what it has brought, oldest first.
    ///
    /// - Returns: Who is told what, and what nobody wants.
    package mutating func received(_ messages: [RedisBytes]) -> (answers: [Answer], left: [RedisBytes]) {
        request = .none
        let (answers, left) = distribute(messages)
        return (answers + settle(), left)
    }

    /// Notes that the request has failed for good. Everybody is told.
    package mutating func failed(_ error: RedisError) -> [Answer] {
        request = .none
        defer { takers = [] }
        return takers.map { Answer(id: $0.id, result: .failure($0.surrender ?? error)) }
    }

    /// Lets everybody go whom the request does not answer for a long time. The request goes on.
    package mutating func silent(_ error: RedisError) -> [Answer] {
        defer { takers = [] }
        return takers.map { Answer(id: $0.id, result: .failure($0.surrender ?? error)) }
    }

    /// Keeps messages that could not be given back, before those that are kept already.
    package mutating func keep(_ messages: [RedisBytes]) { kept = messages + kept }

    /// Takes what is kept, to give it back.
    package mutating func takeKept() -> [RedisBytes] {
        defer { kept = [] }
        return kept
    }

    /// Takes kept messages for one that does not wait.
    package mutating func takeKept(limit: Int) -> [RedisBytes] {
        let taken = Array(kept.prefix(limit))
        kept.removeFirst(taken.count)
        return taken
    }

    private mutating func distribute(_ messages: [RedisBytes]) -> (answers: [Answer], left: [RedisBytes]) {
        var answers: [Answer] = []
        var rest = messages[...]
        while !rest.isEmpty, !takers.isEmpty {
            let taker = takers.removeFirst()
            answers.append(Answer(id: taker.id, result: .success(Array(rest.prefix(taker.limit)))))
            rest = rest.dropFirst(taker.limit)
        }
        return (answers, Array(rest))
    }

    /// Lets those go that have given up.
    private mutating func settle() -> [Answer] {
        let answers = takers.compactMap { taker in
            taker.surrender.map { Answer(id: taker.id, result: .failure($0)) }
        }
        takers.removeAll { $0.surrender != nil }
        return answers
    }
}
