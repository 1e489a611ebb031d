/// The subscribe and unsubscribe calls that wait for their names, over all links of a `PubSub`. It belongs to the loop.
final class CallTable {
    private struct Call {
        var results: [PubSub.SubscriptionResult?]
        var remaining: Int
        var answer: Promise<[PubSub.SubscriptionResult]>
    }

    private var calls: [UInt32: Call] = [:]
    private var last: UInt32 = 0

    /// A call with that many names. 0 is nobody's number.
    func begin(_ count: Int, _ answer: Promise<[PubSub.SubscriptionResult]>) -> UInt32 {
        last += 1
        calls[last] = Call(results: Array(repeating: nil, count: count), remaining: count, answer: answer)
        return last
    }

    /// One name has its result. With the last one the caller gets the answer.
    func resolve(_ ticket: SubscriptionMachine.Ticket, _ result: PubSub.SubscriptionResult) {
        guard ticket.call != 0, var call = calls.removeValue(forKey: ticket.call) else { return }
        if call.results[Int(ticket.index)] == nil { call.remaining -= 1 }
        call.results[Int(ticket.index)] = result
        guard call.remaining == 0 else {
            calls[ticket.call] = call
            return
        }
        let results = call.results.compactMap { $0 }
        // Others' refusals are in the results; when nothing was achieved, that is the call's failure.
        let errors = results.compactMap(\.error)
        call.answer.complete(errors.count == results.count ? .failure(errors[0]) : .success(results))
    }

    /// No name will have a result any more.
    func failAll(_ error: RedisError) {
        for call in exchange(&calls, with: [:]).values { call.answer.complete(.failure(error)) }
    }
}
