/// Decides when the server's counters are read, so that a gap can say how many publishes it misses at most. Pure:
/// events go in, actions come out.
///
/// On a RESP3 link, INFO is sent among the subscribe commands, and its reply comes among the messages: messages before
/// the reply are counted by the server, and messages after it are not. On a RESP2 link, INFO is allowed only before the
/// first subscribe. Later a second link has to ask, and the reply to a PING that is sent afterwards shows that every
/// counted message has come.
package struct LossMachine {
    package enum Action: Equatable {
        /// Send INFO on the link itself.
        case ask
        /// Send INFO on a second link, and pass the number back with the reply.
        case askBeside(UInt32)
        /// Send a PING and call `fenced` when it is answered.
        case fence
        /// End the gap: everything was restored at that moment, and at most that many publishes were missed.
        case complete(Moment, missed: Int?)
        /// Call `intervalEnded` after the interval.
        case later
    }

    private enum Question: Equatable {
        case asked
        case askedBeside(UInt32, LossAccount.Received)
        case fenced(ServerCounters)
    }

    package var account = LossAccount()
    private(set) var isEnabled: Bool
    /// The run ID of the server that the link leads to, if it is known.
    private var runID: String?
    private var mayAskInBand = false
    private var question: Question?
    private var number: UInt32 = 0
    private var restoredAt: Moment?

    package init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// Called when a link is ready. When nothing was lost, the call comes before the first subscribe command is
    /// written.
    package mutating func linkReady(speaksRESP3: Bool, hasGap: Bool, runID: String?) -> [Action] {
        mayAskInBand = speaksRESP3
        linkLeads(to: runID)
        guard isEnabled, !hasGap || speaksRESP3 else { return [] }
        return [ask()]
    }

    /// Notes to which run of a server the link leads from now on. Messages of another server must not be subtracted
    /// from what this one counts.
    package mutating func linkLeads(to runID: String?) {
        self.runID = runID
        if let runID { account.goOn(in: runID) }
    }

    package mutating func linkLost() {
        // It is not known which server sent the messages.
        if runID == nil { account.begin(nil, patternCount: account.received.patternCount) }
        question = nil
        restoredAt = nil
        number += 1
    }

    /// Called when the server has taken subscriptions away while the link stays up. The counters that a second link has
    /// asked for before say nothing about the time until the names are back. On the link itself, the order of the
    /// replies tells.
    package mutating func namesWereRevoked() {
        restoredAt = nil
        if case .askedBeside? = question { question = nil }
    }

    /// Called when everything that the last link had is subscribed again.
    package mutating func allRestored(at moment: Moment) -> [Action] {
        restoredAt = moment
        guard isEnabled else { return complete(nil) }
        if question == nil { return [mayAskInBand ? ask() : askBeside()] }
        return []
    }

    /// Called when the interval is over.
    package mutating func intervalEnded(hasGap: Bool) -> [Action] {
        guard isEnabled, question == nil else { return [] }
        // A second link would reply for a time at which names were still missing.
        if hasGap && !mayAskInBand { return [.later] }
        return [mayAskInBand ? ask() : askBeside()]
    }

    /// Handles the reply on the link itself; `nil` when the server refused or replied something else.
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
        // While names are still missing, the loss goes on, and the counters from before it are kept.
        if !hasGap || !done.isEmpty { account.begin(counters, patternCount: patternCount) }
        return done + (isEnabled ? [.later] : [])
    }

    /// Handles the reply on the second link; `nil` when there was none. A link that is not read at the moment must not
    /// send the PING.
    package mutating func answeredBeside(
        _ number: UInt32,
        _ counters: ServerCounters?,
        _ families: LossAccount.Families,
        mayFence: Bool = true
    ) -> [Action] {
        guard case .askedBeside(number, let received)? = question else { return [] }
        // The endpoint may by now lead to another server than the link does.
        let counters = counters?.runID == runID ? counters : nil
        question = mayFence ? counters.map { .fenced($0) } : nil
        let done = complete(account.missed(until: counters, received: received, families))
        return done + [question == nil ? .later : .fence]
    }

    /// Handles the reply to the PING that was sent after the reply of the second link.
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
