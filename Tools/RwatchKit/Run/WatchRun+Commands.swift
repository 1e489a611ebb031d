import RedisCommands
package import RedisCore
import RedisRESP

extension WatchRun {
    /// The commands of a server, if anything needs them. They are read once, before the watch begins.
    ///
    /// - Parameters:
    ///   - configuration: The server, and how long it may be waited for.
    ///   - selection: What may need them.
    ///   - form: What may need them, too.
    ///   - hasKeys: Whether the keys of all commands are of interest.
    /// - Returns: The server's table, or the built-in one where the server refuses to tell its own.
    /// - Throws: Why the server cannot be asked; also a refusal when categories are asked for, because no built-in
    ///   table has them.
    package func commands(
        of configuration: RedisConfiguration,
        for selection: Selection,
        and form: EventForm,
        keys hasKeys: Bool = false
    ) async throws(RedisError) -> CommandCatalog {
        guard selection.needsCommands || form.needsKeys || hasKeys else { return .builtIn }
        let place = configuration.isAmongSeveral ? nil : configuration.endpoint
        let categories = Set(selection.categories)
        do throws(RedisError) {
            var table = CommandCatalog.builtIn
            try await waiting.begin(within: configuration.reconnect.initialPatience, at: place) {
                () async throws(RedisError) in
                // It is closed before the watch begins, so that no monitor has to look for its lines.
                var own = configuration.within(self)
                own.ownLinks = nil
                let client = try RedisClient(own)
                let reply: RESPValue
                do throws(RedisError) { reply = try await client.send(["COMMAND"]) } catch {
                    await client.close()
                    throw error
                }
                await client.close()
                table = CommandCatalog(reply, categories: categories)
            }
            return table
        } catch {
            guard categories.isEmpty, error.isAnswer else { throw error.advised("command", [], configuration.user) }
            say("the server does not tell its commands (\(error)): the keys of modules' commands are not known")
            return .builtIn
        }
    }
}
