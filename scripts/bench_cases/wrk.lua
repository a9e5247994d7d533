-- Ask for the paths of a file, one after another; tell how it went as one line of JSON.
-- wrk -s wrk.lua URL -- FILE ACCEPT

local requests, number = {}, 0

function init(arguments)
    for path in io.lines(arguments[1]) do
        requests[#requests + 1] = wrk.format("GET", path, {
            ["Accept"] = arguments[2], ["Accept-Encoding"] = "gzip",
        })
    end
end

function request()
    number = number % #requests + 1
    return requests[number]
end

function done(summary)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "seconds": %.6f, "refused": %d, "broken": %d}\n',
        summary.requests, summary.duration / 1e6, errors.status,
        errors.connect + errors.read + errors.write + errors.timeout))
end
