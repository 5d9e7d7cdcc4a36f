-- SPDX-License-Identifier: MIT
-- wrk -s wrk.lua ... -- PATHS [HEADER VALUE]...: asks for the paths in a file, one a line, in turn. The
-- requests are made ready before the first, so that wrk does nothing but send them.
local requests, i = {}, 0

function init(args)
  for k = 2, #args, 2 do
    wrk.headers[args[k]] = args[k + 1]
  end
  for path in io.lines(args[1]) do
    requests[#requests + 1] = wrk.format("GET", path)
  end
end

function request()
  i = i % #requests + 1
  return requests[i]
end
