internal import RedisCore

// How entries that nobody can end are moved to the dead letters.
extension GroupReader {
    func moveToDeadLetters(
        _ place: GroupMachine.Place,
        _ number: UInt64,
        attempts: Int,
        _ reason: String,
        _ settlement: Settlement?
    ) {
        let reason = String(reason.prefix(1000))
        Task { [server] in
            let result: Result<GroupServer.DeadLetterOutcome, RedisError>
            do throws(RedisError) {
                result = .success(try await server.moveToDeadLetters(place.stream, place.id, reason))
            } catch {
                result = .failure(error)
            }
            if case .success(.letter(let letter)) = result {
                let key = server.keys[place.stream]
                let letter = StreamGroup.DeadLetter(
                    key: key,
                    id: place.id,
                    attempts: attempts,
                    reason: reason,
                    letter: letter
                )
                self.tell(.deadLettered(letter))
            }
            self.movedToDeadLetters(place, number, result, settlement)
        }
    }

    func movedToDeadLetters(
        _ place: GroupMachine.Place,
        _ number: UInt64,
        _ result: Result<GroupServer.DeadLetterOutcome, RedisError>,
        _ settlement: Settlement?
    ) {
        switch (result, settlement) {
        case (.failure(let error), let settlement?) where settlement.promise != nil:
            settled(settlement, .failure(error))
        case (.failure(let error), _):
            // The entry comes again after the visibility, and is tried again.
            if error.isAnswer, !isDeadLetterRefused { tell(.refused(error)) }
            isDeadLetterRefused = error.isAnswer
            held[number]?.entry?.ended(true)
            forget(place, number)
        case (.success(.foreign), let settlement?):
            notPending(settlement)
        case (.success(let outcome), _):
            if case .letter = outcome { isDeadLetterRefused = false }
            held[number]?.entry?.ended(true)
            forget(place, number)
            settlement?.promise?.complete(.success(()))
        }
        completeIdlers()
        goOn()
    }
}
