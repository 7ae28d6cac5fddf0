// Values in what programs say of them: refused behind a flag, changed, listed with their names, cut off.

import Testing

@Suite struct RefusedValueTests {
    @Test(arguments: [
        Line(
            "error: invalid value 'foxDen77ab' for '--api-secret <API_SECRET>'\n",
            gone: "foxDen77ab",
            kept: ["invalid value '", "' for '--api-secret <API_SECRET>'"]),
        Line(
            "invalid argument \"foxDen77ab\" for \"--token\" flag: too short\n", gone: "foxDen77ab",
            kept: ["invalid argument \"", "\" for \"--token\" flag"]),
        Line("error: invalid value 'foxDen77ab==' for '--salt <SALT>'\n", gone: "foxDen77ab"),
        Line(
            "{\"msg\":\"invalid value \\\"foxDen77ab\\\" for \\\"--token\\\"\",\"n\":1}\n",
            gone: "foxDen77ab", kept: ["\"n\":1"]),
        Line(
            "error: invalid value '12x' for '--token-ttl <SECONDS>'\n", gone: "nothing",
            kept: ["'12x' for '--token-ttl <SECONDS>'"]),
        Line(
            "error: invalid value 'abc' for '--retries <N>'\n", gone: "nothing",
            kept: ["'abc' for '--retries <N>'"]),
    ])
    func aRefusedValueGoes(line: Line) throws {
        try line.check()
    }
}
