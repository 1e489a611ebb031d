internal import RedisCore
internal import RedisReactor

// How the server is told of what was acknowledged: batches, one at a time.
extension GroupReader {
    func acknowledge() {
        guard let (stream, batch) = acknowledgements.nextBatch() else { return completeIdlers() }
        Task { [server] in
            let result: Result<[Bool], RedisError>
            do throws(RedisError) {
                result = .success(try await server.acknowledge(stream, batch.map(\.place.id)))
            } catch { result = .failure(error) }
            self.acknowledged(stream, batch, result)
        }
    }

    func acknowledged(_ stream: Int, _ batch: [Settlement], _ result: Result<[Bool], RedisError>) {
        acknowledgements.ended()
        switch result {
        case .success(let replies):
            acknowledgements.succeeded(stream)
            for (settlement, wasPending) in zip(batch, replies) {
                let isRemoved = machine.hand(settlement.place, settlement.number)?.isRemoved == true
                let wasTold = acknowledgements.forget(settlement.number)
                if wasPending || isRemoved || wasTold {
                    settled(settlement, .success(()))
                } else {
                    notPending(settlement)
                }
            }
            if options.acknowledged == .trimmedBehindAllGroups { trimLater(stream) }
            acknowledge()
            goOn()
        case .failure(let error):
            var again: [Settlement] = []
            for settlement in batch {
                if settlement.promise == nil, !life.isClosed, error.code != .closed {
                    again.append(settlement)
                } else {
                    settled(settlement, .failure(error))
                }
            }
            if !again.isEmpty { acknowledge(stream, again, after: error) }
            acknowledge()
        }
    }

    /// Tells the server later what it could not be told. Nobody waits for it, so that is done until it has heard of it;
    /// meanwhile other streams have their turn.
    private func acknowledge(_ stream: Int, _ again: [Settlement], after error: RedisError) {
        let mayBeTold = error.execution != .notExecuted
        let (pause, isFirst) = acknowledgements.failed(again, of: stream, mayBeTold: mayBeTold)
        if isFirst, error.isAnswer { tell(.refused(error)) }
        _ = ScheduledCall(after: pause, on: loop) { [weak self] in
            self?.assumeIsolated { reader in
                reader.acknowledgements.resume(stream)
                reader.acknowledge()
            }
        }
    }

    /// An entry that was acknowledged had gone to somebody else before.
    func notPending(_ settlement: Settlement) {
        let key = server.keys[settlement.place.stream]
        held[settlement.number]?.entry?.ended(true)
        forget(settlement.place, settlement.number)
        if let promise = settlement.promise {
            promise.complete(.failure(.leaseLost(key, settlement.place.id).with(.executed)))
        } else {
            tell(.leaseLost(StreamGroup.LostLease(key: key, id: settlement.place.id, cause: .taken)))
        }
    }
}

extension RedisError {
    static func leaseLost(_ key: RedisBytes, _ id: RedisStreamID) -> RedisError {
        let text = "\(key.shown()) \(id): another consumer has got the entry, or acknowledged it"
        return RedisError(.leaseLost, text, phase: .command).with(.notExecuted)
    }
}
