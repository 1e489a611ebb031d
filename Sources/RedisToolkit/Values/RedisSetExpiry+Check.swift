extension RedisSetExpiry {
    /// Refuses a time to live that servers would refuse, or that would end at once.
    func check() throws(RedisError) {
        if case .after(let duration) = self { try duration.checkPositive("the time to live") }
    }
}

extension Duration {
    /// Refuses a duration that is not positive. `name` says which it is.
    func checkPositive(_ name: String) throws(RedisError) {
        guard self > .zero else {
            throw RedisError(.invalidCommand, "\(name) of \(self) is not positive", phase: .command)
        }
    }
}
