/// What the server answers to an attempt to take a lease.
enum LeaseAnswer: Sendable {
    /// It was granted, with that fence.
    case granted(fence: Int)
    /// Others have it. `followed` is the fence of the lease that may be followed.
    case denied(WaiterQueue.Denial, followed: Int?)
    /// The lease that was followed has ended well.
    case followedHasEnded

    /// Reads `{1, fence}`, `{0, milliseconds or -1, 1 for a silent holder, fence or nothing}` or `{2}`.
    init?(_ reply: RESPValue) {
        guard let elements = reply.elements, let kind = elements.first?.integer else { return nil }
        switch (kind, elements.count) {
        case (1, 2):
            guard let fence = elements[1].count else { return nil }
            self = .granted(fence: fence)
        case (0, 3...):
            guard let wait = elements[1].integer else { return nil }
            let isSilent = elements[2].integer != 0
            let denial = WaiterQueue.Denial(wait: wait < 0 ? nil : .milliseconds(wait), isSilent: isSilent)
            self = .denied(denial, followed: elements.count > 3 ? elements[3].count : nil)
        case (2, _): self = .followedHasEnded
        default: return nil
        }
    }
}

/// One that wants a lease: its token, and what the server may have of it.
struct LeaseCompetitor {
    /// What came of it.
    enum Outcome: Sendable {
        case lease(RedisLease)
        case denied(WaiterQueue.Denial, followed: Int?)
        case followedHasEnded
    }

    let terms: LeaseTerms
    let token = LeaseToken.make()
    /// Whether the server may have a lease of this token, or its place in a queue.
    private var mayBeKnown = false
    /// How many attempts in a row were lost with a link.
    private var losses = 0

    private static var mostLosses: Int { 3 }
    /// The shortest time that the server gets for an attempt, also at the end of the time to wait.
    private static var leastTime: Duration { .milliseconds(100) }

    init(_ terms: LeaseTerms) { self.terms = terms }

    /// Tries once.
    mutating func tryOnce() async throws(RedisError) -> Outcome {
        do throws(RedisError) {
            return try await attempt(waits: false, until: nil)
        } catch {
            withdraw()
            throw error
        }
    }

    /// Tries until there is a lease. Suspends while others have it, and sends nothing meanwhile.
    ///
    /// - Parameters:
    ///   - deadline: When to give up; `nil` means never.
    ///   - followed: The fence of the lease whose successful end does as well.
    ///   - denial: What the server has said just now.
    /// - Returns: A lease, or that what was followed has ended.
    /// - Throws: `.timedOut`, `.cancelled`, and what `RedisClient.run` throws.
    mutating func wait(
        until deadline: ContinuousClock.Instant?,
        following followed: Int? = nil,
        after denial: WaiterQueue.Denial? = nil
    ) async throws(RedisError) -> Outcome {
        var last = denial
        do throws(RedisError) {
            return try await compete(until: deadline, following: followed, &last)
        } catch {
            withdraw()
            guard error.code == .timedOut, let deadline, deadline <= .now else { throw error }
            throw terms.notGranted(last, error)
        }
    }

    private mutating func compete(
        until deadline: ContinuousClock.Instant?,
        following followed: Int?,
        _ last: inout WaiterQueue.Denial?
    ) async throws(RedisError) -> Outcome {
        let watch = terms.client.attachment(ReleaseWatch.self)
        // It may well be free. But whoever comes when others wait here has to stand in line, and there it tries at once
        // if it is heard already when the lease ends.
        if last == nil, !watch.isAwaited(terms.lineKey), !watch.isSubscribed(terms.channel) {
            let outcome = try await attempt(waits: true, until: deadline)
            guard case .denied(let denial, _) = outcome else { return outcome }
            last = denial
            if let deadline, deadline <= .now { throw RedisError(.timedOut, "the time to wait is over") }
        }
        let line = watch.enter(terms.lineKey, channel: terms.channel, isExclusive: terms.isExclusive)
        defer { watch.leave(terms.lineKey) }
        let place = line.join(token, following: followed, after: last)
        var grantEnds: ContinuousClock.Instant?
        defer { line.leave(place, grantEnds: grantEnds) }
        while true {
            guard case .attempt = try await line.turn(of: place, until: deadline) else { return .followedHasEnded }
            do throws(RedisError) {
                let outcome = try await attempt(waits: true, following: followed, until: deadline)
                switch outcome {
                case .denied(let denial, _):
                    last = denial
                    line.denied(place, denial)
                case .lease(let lease):
                    grantEnds = terms.queuesAtServer ? nil : lease.validUntil
                    return outcome
                case .followedHasEnded: return outcome
                }
            } catch {
                // Whatever became of the attempt, the next one with the same token finds out.
                guard error.code == .connectionLost, losses < Self.mostLosses else { throw error }
                losses += 1
                line.failed(place, pause: .milliseconds(50 * losses) * .random(in: 0.5...1))
            }
        }
    }

    private mutating func attempt(
        waits: Bool,
        following followed: Int? = nil,
        until deadline: ContinuousClock.Instant?
    ) async throws(RedisError) -> Outcome {
        let sent = ContinuousClock.now
        let limit = terms.client.commandTimeout
        let rest = deadline.map { max(sent.duration(to: $0), Self.leastTime) }
        let answer: LeaseAnswer
        do throws(RedisError) {
            answer = try await terms.attempt(token, waits: waits, following: followed, timeout: [limit, rest].least)
        } catch {
            if error.execution != .notExecuted { mayBeKnown = true }
            throw error
        }
        losses = 0
        switch answer {
        case .granted(let fence):
            mayBeKnown = true
            return .lease(try await terms.lease(token, fence: fence, sent: sent))
        case .denied(let denial, let followed):
            mayBeKnown = terms.queuesAtServer && waits
            return .denied(denial, followed: followed)
        case .followedHasEnded:
            mayBeKnown = false
            return .followedHasEnded
        }
    }

    /// Removes what the server may have of a token that nobody will use.
    private func withdraw() {
        guard mayBeKnown else { return }
        Task { [terms, token] in try? await terms.giveBack(token, timeout: terms.timeToLive) }
    }
}

extension LeaseTerms {
    fileprivate func attempt(_ token: RedisBytes, waits: Bool, following followed: Int?, timeout: Duration?)
        async throws(RedisError) -> LeaseAnswer
    {
        let followed = RedisBytes(followed.map { String($0) } ?? "")
        let reply = try await run(take, token, [RedisBytes(waits ? "1" : "0"), followed], timeout: timeout)
        guard let answer = LeaseAnswer(reply) else { throw .unexpectedReply("EVALSHA") }
        return answer
    }

    /// The lease of a grant, when it is as durable as was asked for.
    fileprivate func lease(_ token: RedisBytes, fence: Int, sent: ContinuousClock.Instant) async throws(RedisError)
        -> RedisLease
    {
        let lease = RedisLease(self, token, fence: fence, sent: sent)
        guard case .replicas(let count, let time) = durability else { return lease }
        do throws(RedisError) {
            try await replicate(token, to: count, within: time)
        } catch {
            lease.abandon()
            throw error
        }
        return lease
    }

    /// Gives a lease back. Returns whether the server had it.
    ///
    /// If the reply is lost with the link, the request is sent once more: it changes nothing where it was done before.
    @discardableResult
    func giveBack(_ token: RedisBytes, _ more: [RedisBytes] = [], timeout: Duration) async throws(RedisError) -> Bool {
        let deadline = ContinuousClock.now.advanced(by: timeout)
        do throws(RedisError) {
            return try await run(release, token, more, timeout: timeout) != .integer(0)
        } catch {
            guard error.code == .connectionLost else { throw error }
            let rest = ContinuousClock.now.duration(to: deadline)
            _ = try await run(release, token, more, timeout: max(rest, .milliseconds(100)))
            // The first request may have done it already.
            return true
        }
    }

    /// The error of a wait that was in vain.
    fileprivate func notGranted(_ denial: WaiterQueue.Denial?, _ cause: RedisError) -> RedisError {
        var error: RedisError
        if let denial {
            let end = denial.wait.map { "it ends in \($0.inSeconds) unless it is renewed" } ?? "its end is not known"
            error = RedisError(.timedOut, "\(words): others have had the lease all the time; \(end)", phase: .command)
        } else {
            error = RedisError(.timedOut, "\(words): the server has not answered in time", phase: .command)
            error.underlyingError = cause
        }
        return error.with(.notExecuted)
    }
}

extension Array<Duration?> {
    /// The shortest time; `nil` if there is none.
    fileprivate var least: Duration? { compactMap { $0 }.min() }
}
