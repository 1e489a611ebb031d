extension PlainThread {
    /// Does blocking work several times at once, each on a thread of its own, and waits for all.
    ///
    /// - Parameters:
    ///   - count: How many times.
    ///   - work: What to do; it is given its number, from 0.
    /// - Returns: How each ended, in order.
    static func runAll<Success: Sendable>(
        _ count: Int,
        _ work: @escaping @Sendable (Int) throws(RedisTestingError) -> Success
    ) -> [Result<Success, RedisTestingError>] {
        let results = Lock([Result<Success, RedisTestingError>?](repeating: nil, count: count))
        let one: @Sendable (Int) -> Void = { index in
            let result = Result { () throws(RedisTestingError) in try work(index) }
            results.withLock { $0[index] = result }
        }
        var threads: [PlainThread] = []
        for index in 0..<count {
            do throws(RedisTestingError) {
                threads.append(try start { one(index) })
            } catch {
                one(index)  // there was no thread to be had
            }
        }
        for thread in threads { thread.join() }
        return results.withLock { $0.compactMap { $0 } }
    }
}
