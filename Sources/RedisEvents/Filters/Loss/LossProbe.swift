/// Decides when the server's counters are read, so that a gap can say how many publishes it holds at most. Pure: events in,
/// actions out.
///
/// On a RESP3 link the question travels among the subscribe commands, and its answer among the messages: what came before
/// it is counted, what comes after is not. A RESP2 link may ask only until it subscribes; later a second link has to ask,
/// and a PING behind the answer tells when everything that was counted must have come.
package struct LossProbe {
    package enum Action: Equatable {
        /// Ask on the link itself.
        case ask
        /// Ask on a second link, and tell the number with the answer.
        case askBeside(UInt32)
        /// Send a PING and tell when it is answered.
        case fence
        /// The gap is over: everything was restored then, and at most that many publishes were missed.
        case complete(Moment, missed: Int?)
        /// Call `isDue` after the interval.
        case later
    }

    private enum Question: Equatable {
        case asked
        case askedBeside(UInt32, LossAccount.Received)
        case fenced(ServerCounters)
    }

    package var account = LossAccount()
    private(set) var isEnabled: Bool
    /// The run of the server that the link leads to, as far as it is known.
    private var runID: String?
    private var mayAskInBand = false
    private var question: Question?
    private var number: UInt32 = 0
    private var restoredAt: Moment?

    package init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// A link stands. Before its first subscribe command is written, when nothing was lost.
    package mutating func linkReady(speaksRESP3: Bool, hasGap: Bool, runID: String?) -> [Action] {
        mayAskInBand = speaksRESP3
        linkLeads(to: runID)
        question = nil
        restoredAt = nil
        guard isEnabled, !hasGap || speaksRESP3 else { return [] }
        return [ask()]
    }

    /// The link leads there from now on. What another server sends must not be taken off what this one counts.
    package mutating func linkLeads(to runID: String?) {
        self.runID = runID
        if let runID { account.goOn(in: runID) }
    }

    package mutating func linkLost() {
        // Who sent what came is not known.
        if runID == nil { account.begin(nil, patternCount: account.received.patternCount) }
        question = nil
        restoredAt = nil
        number += 1
    }

    /// The server has taken subscriptions away, and the link goes on. What a second link was asked before says nothing of
    /// the time until they are back; on the link itself the order of the answers tells.
    package mutating func namesWereRevoked() {
        restoredAt = nil
        if case .askedBeside? = question { question = nil }
    }

    /// Everything that the last link had is subscribed again.
    package mutating func allRestored(at moment: Moment) -> [Action] {
        restoredAt = moment
        guard isEnabled else { return complete(nil) }
        if question == nil { return [mayAskInBand ? ask() : askBeside()] }
        return []
    }

    /// The interval is over.
    package mutating func isDue(hasGap: Bool) -> [Action] {
        guard isEnabled, question == nil else { return [] }
        // A second link would answer for a time at which names were still missing.
        if hasGap && !mayAskInBand { return [.later] }
        return [mayAskInBand ? ask() : askBeside()]
    }

    /// The answer on the link itself; `nil` when the server refused, or said something else.
    package mutating func answered(
        _ counters: ServerCounters?,
        _ families: LossAccount.Families,
        patternCount: Int,
        hasGap: Bool,
        mayAskAgain: Bool = true
    ) -> [Action] {
        guard question == .asked else { return [] }
        question = nil
        if !mayAskAgain { isEnabled = false }
        if let counters { linkLeads(to: counters.runID) }
        let done = complete(account.missed(until: counters, received: account.received, families))
        // While names are still missing the loss goes on, and is counted from before it.
        if !hasGap || !done.isEmpty { account.begin(counters, patternCount: patternCount) }
        return done + (isEnabled ? [.later] : [])
    }

    /// The answer on the second link; `nil` when there was none. A link that is not read at the moment may not fence.
    package mutating func answeredBeside(
        _ number: UInt32,
        _ counters: ServerCounters?,
        _ families: LossAccount.Families,
        mayFence: Bool = true
    ) -> [Action] {
        guard case .askedBeside(number, let received)? = question else { return [] }
        // A name may mean another server by now than the one that the link leads to.
        let counters = counters?.runID == runID ? counters : nil
        question = mayFence ? counters.map { .fenced($0) } : nil
        let done = complete(account.missed(until: counters, received: received, families))
        return done + [question == nil ? .later : .fence]
    }

    /// The PING behind the answer of the second link is answered.
    package mutating func fenced(patternCount: Int, hasGap: Bool) -> [Action] {
        guard case .fenced(let counters)? = question else { return [] }
        question = nil
        if !hasGap { account.begin(counters, patternCount: patternCount) }
        return [restoredAt == nil ? .later : askBeside()]
    }

    private mutating func complete(_ missed: Int?) -> [Action] {
        guard let moment = restoredAt.take() else { return [] }
        return [.complete(moment, missed: missed)]
    }

    private mutating func ask() -> Action {
        question = .asked
        return .ask
    }

    private mutating func askBeside() -> Action {
        number += 1
        question = .askedBeside(number, account.received)
        return .askBeside(number)
    }
}
