// The value of a task that a test has begun.
//
// A test that is over its time limit is cancelled, which does not reach a task without a parent: whoever awaited `value` would wait
// for ever, and the whole run with it. Here the cancellation of the one that waits cancels the task.

extension Task where Failure == any Error {
    /// The value of the task, which is cancelled with whoever waits for it.
    ///
    /// - Throws: What the task throws.
    package var joined: Success {
        get async throws {
            try await withTaskCancellationHandler {
                try await value
            } onCancel: {
                cancel()
            }
        }
    }
}

extension Task {
    /// What the task came to; it is cancelled with whoever waits for it.
    package var joinedResult: Result<Success, Failure> {
        get async {
            await withTaskCancellationHandler {
                await result
            } onCancel: {
                cancel()
            }
        }
    }
}

extension Task where Failure == Never {
    /// The value of the task, which is cancelled with whoever waits for it.
    package var joined: Success {
        get async {
            await withTaskCancellationHandler {
                await value
            } onCancel: {
                cancel()
            }
        }
    }
}
