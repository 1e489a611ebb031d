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
    package private(set) var isEnabled: Bool
    private var mayAskInBand = false
    private var question: Question?
    private var number: UInt32 = 0
    private var restoredAt: Moment?

    package init(isEnabled: Bool) { self.isEnabled = isEnabled }

    /// A link stands. Before its first subscribe command is written, when nothing was lost.
    package mutating func linkReady(speaksRESP3: Bool, hasGap: Bool) -> [Action] {
        mayAskInBand = speaksRESP3
        question = nil
        restoredAt = nil
        guard isEnabled, !hasGap || speaksRESP3 else { return [] }
        return [ask()]
    }

    package mutating func linkLost() {
        question = nil
        restoredAt = nil
        number += 1
    }

    /// Everything that the last link had is subscribed again.
    package mutating func allRestored(at moment: Moment) -> [Action] {
        restoredAt = moment
        guard isEnabled else { return complete(nil) }
        // Beside the link an older question may have been answered before the last name was back; on it, the order tells.
        if mayAskInBand { return question == nil ? [ask()] : [] }
        return [askBeside()]
    }

    /// The interval is over.
    package mutating func isDue() -> [Action] {
        guard isEnabled, question == nil || !mayAskInBand else { return [] }
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
        let done = complete(account.missed(until: counters, received: account.received, families))
        // A gap that is still open counts from where it counted.
        if !done.isEmpty || !hasGap { account.begin(counters, patternCount: patternCount) }
        return done + (isEnabled ? [.later] : [])
    }

    /// The answer on the second link; `nil` when there was none.
    package mutating func answeredBeside(
        _ number: UInt32,
        _ counters: ServerCounters?,
        _ families: LossAccount.Families
    )
        -> [Action]
    {
        guard case .askedBeside(number, let received)? = question else { return [] }
        question = counters.map { .fenced($0) }
        let done = complete(account.missed(until: counters, received: received, families))
        return done + [counters == nil ? .later : .fence]
    }

    /// The PING behind the answer of the second link is answered.
    package mutating func fenced(patternCount: Int, hasGap: Bool) -> [Action] {
        guard case .fenced(let counters)? = question else { return [] }
        question = nil
        if !hasGap { account.begin(counters, patternCount: patternCount) }
        return [.later]
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
