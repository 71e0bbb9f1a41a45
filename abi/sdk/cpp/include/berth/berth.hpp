// Berth's C++ SDK: everything. C++17, header-only, no exceptions, no dependency.
#pragma once

#include "app.hpp"
#include "fetch.hpp"
#include "form.hpp"
#include "json.hpp"
#include "log.hpp"
#include "storage.hpp"
#include "websocket.hpp"
