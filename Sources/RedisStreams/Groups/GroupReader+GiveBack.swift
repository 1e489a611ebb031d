internal import RedisCore
internal import RedisReactor

// How entries are given back to the group.
extension GroupReader {
    func giveBack(_ settlements: [Settlement]) {
        for settlement in settlements { machine.returning(settlement.place, settlement.number) }
        let groups = Dictionary(grouping: settlements) { [$0.place.stream, $0.isAttempt ? 1 : 0] }
        for (_, part) in groups {
            guard let first = part.first else { continue }
            let stream = first.place.stream
            let delay = first.isAttempt ? min(options.retryDelay, options.visibility) : .zero
            let isAttempt = first.isAttempt
            Task { [server] in
                let result: Result<Void, RedisError>
                do throws(RedisError) {
                    let entries = part.map { ($0.place.id, $0.attempt) }
                    try await server.giveBack(
                        stream,
                        entries,
                        isAttempt: isAttempt,
                        // The next delivery has a higher count then.
                        mayRepeat: isAttempt,
                        after: delay
                    )
                    result = .success(())
                } catch { result = .failure(error) }
                self.gaveBack(part, after: delay, result)
            }
        }
    }

    func gaveBack(_ settlements: [Settlement], after delay: Duration, _ result: Result<Void, RedisError>) {
        for settlement in settlements {
            if case .failure(let error) = result, settlement.promise != nil {
                settled(settlement, .failure(error))
            } else {
                // If the server does not know, others get it after the visibility.
                settled(settlement, .success(()))
            }
        }
        completeIdlers()
        guard isReading, let stream = settlements.first?.place.stream else { return }
        machine.gaveBack(stream, claimableAt: .now.advanced(by: delay))
        goOn()
        // A read that waits already may not notice it.
        _ = ScheduledCall(after: delay + .milliseconds(1), on: loop) { [weak self] in
            self?.assumeIsolated { $0.interrupt() }
        }
    }
}

extension Settlement {
    /// Whether the delivery counts as an attempt.
    fileprivate var isAttempt: Bool { if case .reject = verb { true } else { false } }
}
