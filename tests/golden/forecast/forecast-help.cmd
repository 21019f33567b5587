help forecast
