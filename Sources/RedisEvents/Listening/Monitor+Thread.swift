extension Monitor {
    /// Reads on a background thread. `RedisListenerThread.stop` closes the monitor; what is queued then counts as dropped. A thread that
    /// ends by an error of its handler leaves the monitor as it is: MONITOR goes on, for the next reader, until the monitor is
    /// closed or let go of.
    ///
    /// - Parameters:
    ///   - name: The thread's name for tools such as `top -H`, up to 15 bytes.
    ///   - handler: Gets each event, on the thread.
    ///   - exceptionHandler: Gets, on the thread, what the handler threw, or the error that ended the link for good; the
    ///     thread goes on with the next event unless `stop()` is called. Without it the first error ends the thread, and
    ///     `join()` throws it.
    /// - Throws: `.systemFailure` when there is no thread to be had.
    public func runInThread(
        name: String = "redis-monitor",
        handler: @escaping @Sendable (Monitor.Event) throws -> Void,
        exceptionHandler: (@Sendable (any Error, Monitor, RedisListenerThread) -> Void)? = nil
    ) throws(RedisError) -> RedisListenerThread {
        let started = requestStart()
        let listener = RedisListenerThread(wakeReaders: { [mailbox] in
            started.complete(.failure(RedisError(.cancelled, "the thread was stopped")))
            mailbox.wakeReaders()
        })
        do throws(RedisSystemError) {
            try listener.start(name: name) { [self] listener in
                defer { if !listener.mayGoOn { blocking.close() } }
                do throws(RedisError) {
                    try started.waitBlocking()
                    while listener.mayGoOn {
                        switch try readBlocking(until: nil, mayWait: { listener.mayGoOn }) {
                        case .nothing: continue
                        case .closed: return
                        case .event(let event):
                            do { try handler(event) } catch {
                                guard let exceptionHandler else { throw .handlerFailed(error) }
                                exceptionHandler(error, self, listener)
                            }
                        }
                    }
                } catch {
                    guard listener.mayGoOn else { return }
                    let cause = error.code == .handlerFailed ? error.underlyingError ?? error : error
                    guard let exceptionHandler, error.code != .handlerFailed else { throw cause }
                    exceptionHandler(error, self, listener)
                }
            }
        } catch { throw .system(error) }
        return listener
    }
}
