extension RedisClient {
    /// Waits until nothing is on its way and no exclusive link is lent, then closes. Whoever sends meanwhile prolongs
    /// the wait.
    ///
    /// Commands for a cluster that wait for a node count as nothing on its way.
    ///
    /// - Parameter deadline: How long to wait at most. Commands without a reply fail with `.closed` then.
    /// - Returns: Whether everything was answered. `false` as well if the task was cancelled meanwhile.
    @discardableResult
    public func drain(deadline: Duration = .seconds(10)) async -> Bool {
        let limit = ContinuousClock.now.advanced(by: deadline)
        var isDrained = await isQuiet
        while !isDrained, ContinuousClock.now < limit {
            do { try await Task.sleep(for: .milliseconds(5)) } catch { break }
            isDrained = await isQuiet
        }
        await close()
        return isDrained
    }

    private var isQuiet: Bool {
        get async {
            let statistics = await statistics
            return statistics.commands == 0 && statistics.suspended == 0 && poolStatistics.lent == 0
        }
    }
}
